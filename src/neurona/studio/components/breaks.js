// Where a name may break when it is too long for its place: behind its signs, and in a long word between a vowel and the
// syllable that follows it, with a hyphen.
const SIGNS = /(?<=[_.\- ·(/])/, SYLLABLES = /([aeiouáéíóú])(?=[b-df-hj-np-tv-zñ][aeiouáéíóú]\p{L})/giu;
const LONG = 7;

export function parts(name) {
  return name.split(SIGNS).map((part) => (part.length > LONG ? part.replace(SYLLABLES, "$1\u00ad") : part));
}
