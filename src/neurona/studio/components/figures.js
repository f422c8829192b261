// Numbers as people read them, alike in both languages: a decimal point, and a thin space between thousands.
const THIN = "\u202f";

// A whole number, as `neurona.look.words.number` writes it.
export function whole(value) {
  const digits = String(Math.round(value));
  return Math.abs(value) < 10_000 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN);
}

// A share as per cent, with so many decimals at most.
export function percent(share, decimals = 0) {
  return Number.isFinite(share) ? `${parseFloat((100 * share).toFixed(decimals))} %` : "–";
}
