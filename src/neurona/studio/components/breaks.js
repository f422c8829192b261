// Where a name may break when it is too long for its place: behind its signs, and in a word of more letters than `longest`
// between a vowel and the syllable that follows it, with a hyphen.
const SIGNS = /(?<=[_.\- ·(/=])/g, SYLLABLES = /([aeiouáéíóú])(?=[b-df-hj-np-tv-xzñ][aeiouáéíóú]\p{L})/giu;

export function parts(name, longest = 10) {
  return name.split(SIGNS).map((part) => (part.length > longest ? part.replace(SYLLABLES, "$1\u00ad") : part));
}

// A name on a picture: where one line has no room for it, the two most even ones of its parts, or of its syllables where
// those are too long; what is longer still is cut.
export function inLines(pen, name, room) {
  const widest = (lines) => Math.max(...lines.map((line) => pen.measureText(line).width));
  const evenest = (ways) => ways.reduce((best, one) => (best && widest(best) <= widest(one) ? best : one), null);
  const halves = (place, hyphen) => [name.slice(0, place).trim() + hyphen, name.slice(place).trim()];
  const parted = [...name.matchAll(SIGNS)].map(({ index }) => halves(index, "")).filter(([, rest]) => rest);
  const hyphened = [...name.matchAll(SYLLABLES)].map(({ index }) => halves(index + 1, "-"));
  const ways = [[name], evenest(parted), evenest(hyphened)].filter(Boolean);
  return (ways.find((lines) => widest(lines) <= room) || evenest(ways)).map((line) => fitted(pen, line, room));
}

function fitted(pen, text, room) {
  if (pen.measureText(text).width <= room) return text;
  let cut = text;
  while (cut.length > 1 && pen.measureText(cut + "…").width > room) cut = cut.slice(0, -1);
  return cut + "…";
}
