// The axes of a chart: what they are of; of the vertical one a faint line across at each mark, and its number on the left.
import { font, numbered, rem } from "./canvas.js";
import { faint, grey } from "./colours.js";

// The room that the numbers on the left of an axis need.
export function aside(pen, marked) {
  pen.font = font(12);
  return 6 + Math.max(0, ...marked.map(([, text]) => pen.measureText(text).width));
}

// What the axes are of: below the numbers of the one, and on the left of those of the other, which goes up, so far away.
export function titles(pen, { left, top, w, h }, across, upwards, dark, away = rem(3)) {
  pen.fillStyle = grey(dark);
  pen.font = font(12);
  pen.textAlign = "center";
  pen.textBaseline = "top";
  pen.fillText(across, left + w / 2, top + h + rem(1.5), w);
  pen.save();
  pen.translate(left - away, top + h / 2);
  pen.rotate(-Math.PI / 2);
  pen.textBaseline = "middle";
  pen.fillText(upwards, 0, 0, h);
  pen.restore();
}

// `y` places a value, `ends` are the left and the right of the chart, `marked` has each mark with its text.
export function across(pen, marked, y, [left, right], dark) {
  let written = Infinity;
  pen.lineWidth = 1;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const [mark, text] of [...marked].reverse()) {
    pen.strokeStyle = faint(dark);
    pen.beginPath();
    pen.moveTo(left, y(mark));
    pen.lineTo(right, y(mark));
    pen.stroke();
    if (Math.abs(y(mark) - written) < rem(0.95)) continue; // there is no room for both: the upper one has it
    pen.fillStyle = grey(dark);
    pen.fillText(text, left - 6, y(mark));
    written = y(mark);
  }
}
