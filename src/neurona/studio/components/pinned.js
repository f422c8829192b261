// How a pinned run is drawn: its colour, and its picture as a stamp.
import { unpack } from "./arrays.js";
import { classColours, css, mix, ofSign, paper, ramp } from "./colours.js";

const COLOURS = { light: [[0, 135, 98], [176, 80, 136], [122, 92, 0], [90, 100, 112]], dark: [[64, 200, 158], [226, 150, 192], [222, 196, 90], [170, 180, 192]] };
export const MOST_PINS = 4;

export function pinColour(place, dark) {
  return COLOURS[dark ? "dark" : "light"][place % MOST_PINS];
}

export function paintPicture(canvas, run, palette, dark) {
  const pen = canvas.getContext("2d");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (run.view === "surface") surface(pen, canvas, run, palette, dark);
  else if (run.view === "line") line(pen, canvas, run, dark);
}

function surface(pen, canvas, run, palette, dark) {
  const { side } = run.picture, ground = paper(dark);
  const classes = run.picture.classes && unpack(run.picture.classes).numbers;
  const strength = unpack(run.picture.sure || run.picture.values).numbers;
  const colours = classColours(palette, Math.max(2, run.classes), dark);
  const grid = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const brush = grid.getContext("2d"), image = brush.createImageData(side, side);
  for (let row = 0; row < side; row++) for (let column = 0; column < side; column++) {
    const from = row * side + column, share = strength[from] / 255;
    const colour = classes ? mix(ground, colours[classes[from]] || ground, 0.1 + 0.5 * share) : mix(ground, ramp(share, dark), 0.75);
    image.data.set([...colour, 255], 4 * ((side - 1 - row) * side + column));
  }
  brush.putImageData(image, 0, 0);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(grid, 0, 0, canvas.width, canvas.height);
}

function line(pen, canvas, run, dark) {
  const { numbers, shape } = unpack(run.picture.values);
  const count = shape.at(-1), [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  pen.strokeStyle = css(ofSign(1, dark));
  pen.lineWidth = 4;
  for (let begin = 0; begin < numbers.length; begin += count) {
    pen.beginPath();
    for (let i = 0; i < count; i++) {
      const y = 1 - (numbers[begin + i] - low) / (high - low || 1);
      pen.lineTo((i / (count - 1)) * canvas.width, 12 + y * (canvas.height - 24));
    }
    pen.stroke();
  }
}
