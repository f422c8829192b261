// Colours of classes, of signs and of surfaces, on light and on dark ground.
const NEGATIVE = [230, 159, 0];
const POSITIVE = [0, 114, 178];
const POSITIVE_ON_DARK = [86, 180, 233];
const PAPERS = { light: [255, 255, 255], dark: [24, 31, 40] };

export function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

export function css(colour, alpha = 1) {
  return `rgba(${colour.map(Math.round).join(",")},${alpha})`;
}

export function mix(from, to, share) {
  return from.map((part, i) => part + (to[i] - part) * share);
}

// On a dark ground: what is black on paper is white, and the darkest two are as light as a dot on it must be (3 to 1).
const ON_DARK = { "#000000": [235, 238, 242], "#0072B2": [38, 140, 216], "#D55E00": [232, 116, 30] };

// The palette of the figures; more classes than it has go round a wheel.
export function classColours(palette, count, dark) {
  if (count <= palette.length) return palette.slice(0, count).map((hex) => (dark && ON_DARK[hex]) || rgb(hex));
  return Array.from({ length: count }, (_, i) => wheel(i / count, dark));
}

function wheel(turn, dark) {
  const part = (shift) => 0.5 + 0.5 * Math.cos(2 * Math.PI * (turn + shift));
  return [part(0), part(1 / 3), part(2 / 3)].map((share) => (dark ? 70 + 170 * share : 30 + 170 * share));
}

// How bright a colour is, from 0 to 1 (WCAG 2.2, relative luminance).
export function brightness(colour) {
  const [red, green, blue] = colour.map((part) => (part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// A colour that is read as a word on the page's ground: nearer to its ink, as far as a contrast of 4.5 asks for.
export function legible(colour, dark) {
  const [ground, ink] = [brightness(paper(dark)), dark ? [255, 255, 255] : [0, 0, 0]];
  const contrast = (one) => (Math.max(ground, brightness(one)) + 0.05) / (Math.min(ground, brightness(one)) + 0.05);
  for (let share = 0; share < 1; share += 0.04) if (contrast(mix(colour, ink, share)) >= 4.5) return mix(colour, ink, share);
  return ink;
}

// Black or white, whichever is read better on a ground: they are even where both have a contrast of 4.6.
export function readable(ground) {
  return brightness(ground) > 0.179 ? "#000" : "#fff";
}

// What is written in a chart, and of that what is wrong: as the page's own words.
export function ink(dark) {
  return css(dark ? [228, 233, 240] : [31, 41, 51]);
}

export function warn(dark) {
  return css(dark ? [255, 157, 107] : [179, 64, 10]);
}

// The frame of a chart.
export function rule(dark) {
  return css(dark ? [60, 72, 86] : [205, 212, 220]);
}

// What is written beside a chart, and the lines across it.
export function grey(dark) {
  return css(dark ? [170, 180, 192] : [95, 107, 122]);
}

export function faint(dark) {
  return css(dark ? [45, 56, 70] : [228, 231, 236]);
}

export function paper(dark) {
  return PAPERS[dark ? "dark" : "light"];
}

export function ofSign(value, dark) {
  return value < 0 ? NEGATIVE : dark ? POSITIVE_ON_DARK : POSITIVE;
}

// The colour of a number from -1 to 1: orange, the ground, blue.
export function signed(value, dark) {
  return mix(paper(dark), ofSign(value, dark), Math.min(1, Math.abs(value)));
}

// The colour of a number from 0 to 1, from orange by the ground to blue.
export function ramp(share, dark) {
  return signed(2 * share - 1, dark);
}
