// Where a name may break when it is too long for its place: behind its signs, and in a word of more letters than `longest`
// between a vowel and the syllable that follows it, with a hyphen.
const SIGNS = /(?<=[_.\- ·(/=])/, SYLLABLES = /([aeiouáéíóú])(?=[b-df-hj-np-tv-xzñ][aeiouáéíóú]\p{L})/giu;

export function parts(name, longest = 10) {
  return name.split(SIGNS).map((part) => (part.length > longest ? part.replace(SYLLABLES, "$1\u00ad") : part));
}

// A name on a picture: where one line has no room for it, the two most even ones of its parts; what is longer still is cut.
export function inLines(pen, name, room) {
  const wide = (words) => pen.measureText(words).width, each = name.split(SIGNS);
  if (wide(name) <= room || each.length < 2) return [fitted(pen, name, room)];
  const splits = each.slice(1).map((_part, i) => [each.slice(0, i + 1).join(""), each.slice(i + 1).join("")]);
  const widest = (lines) => Math.max(...lines.map(wide));
  const best = splits.reduce((least, one) => (widest(one) < widest(least) ? one : least));
  return best.map((line) => fitted(pen, line.trim(), room));
}

function fitted(pen, text, room) {
  if (pen.measureText(text).width <= room) return text;
  let cut = text;
  while (cut.length > 1 && pen.measureText(cut + "…").width > room) cut = cut.slice(0, -1);
  return cut + "…";
}
