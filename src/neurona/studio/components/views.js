// The views by name: what draws each of them. A view reads studio.frame.scene[name], and asks with `look`.
import Confusion from "./confusion.js";
import Line from "./line.js";
import Surface from "./surface.js";

export const VIEWS = {
  surface: Surface,
  line: Line,
  confusion: Confusion,
};
