// What is asked of a view while an earlier wish is on its way waits, and is sent as one.
// What takes the place of what waits: another sample has no values set yet, another plane no place.
const REPLACES = { sample: ["move", "class", "set"], class: ["move", "sample", "set"], move: ["set"], pair: ["at"] };

export function joined(waiting, wish) {
  if (!waiting || wish.view) return wish;
  if (waiting.view) return waiting; // the view that it is about is left
  const replaced = Object.keys(wish).flatMap((name) => REPLACES[name] || []);
  const kept = Object.fromEntries(Object.entries(waiting).filter(([name]) => !replaced.includes(name)));
  return { ...kept, ...wish, ...("move" in wish && { move: (waiting.move || 0) + wish.move }) };
}
