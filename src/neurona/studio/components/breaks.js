// Where a name may break when it is too long for its place: behind its signs, and in a word of more letters than `longest`
// between a vowel and the syllable that follows it, with a hyphen.
const SIGNS = /(?<=[_.\- ·(/=])/, SYLLABLES = /([aeiouáéíóú])(?=[b-df-hj-np-tv-xzñ][aeiouáéíóú]\p{L})/giu;

export function parts(name, longest = 10) {
  return name.split(SIGNS).map((part) => (part.length > longest ? part.replace(SYLLABLES, "$1\u00ad") : part));
}
