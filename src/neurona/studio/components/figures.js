// Numbers as people read them, alike in both languages: a decimal point, and a thin space between thousands.
import { short } from "./canvas.js";

const THIN = "\u202f";

// A whole number, as `neurona.look.words.number` writes it.
export function whole(value) {
  const digits = String(Math.round(value));
  return Math.abs(value) < 10_000 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN);
}

// A value in the units of a table, to so many digits, or two where it is very large or small unless more are asked for; "–"
// where there is none.
export function digits(value, most = 5) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || (size > 0 && size < 1e-3) || size >= 1e7) return short(value, most > 5 ? most : 4);
  const exact = Number(value.toPrecision(most));
  return size >= 1e4 ? whole(exact) : String(exact);
}

// A number that is written already: with its thin spaces; any other text is as it was.
export function grouped(text) {
  const [, sign, digits, rest] = text.match(/^([-−+]?)(\d{5,})(\.\d+)?$/) || [];
  return digits ? `${sign}${whole(Number(digits))}${rest || ""}` : text;
}

// A share as per cent, with so many decimals at most.
export function percent(share, decimals = 0) {
  return Number.isFinite(share) ? `${parseFloat((100 * share).toFixed(decimals))} %` : "–";
}
