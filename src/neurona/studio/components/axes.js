// The vertical axis of a chart: a faint line across at each mark, and the number of it on the left.
import { rem, short } from "./canvas.js";
import { faint, grey } from "./colours.js";

// `y` places a value, `ends` are the left and the right of the chart, `label` writes a value.
export function across(pen, marks, y, [left, right], dark, label = short) {
  let written = Infinity;
  pen.lineWidth = 1;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const mark of marks) {
    pen.strokeStyle = faint(dark);
    pen.beginPath();
    pen.moveTo(left, y(mark));
    pen.lineTo(right, y(mark));
    pen.stroke();
    if (Math.abs(y(mark) - written) < rem(0.95)) continue; // there is no room for both
    pen.fillStyle = grey(dark);
    pen.fillText(label(mark), left - 6, y(mark));
    written = y(mark);
  }
}
