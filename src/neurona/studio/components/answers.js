// What a net answers over the plane, as a small picture: the colour of the likeliest class by how sure it is, or of a value.
import { unpack } from "./arrays.js";
import { mix, paper, ramp } from "./colours.js";

export function paintAnswers(canvas, surface, colours, dark) {
  const side = surface.side;
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(side, side);
  const ground = paper(dark);
  const classes = surface.classes && unpack(surface.classes).numbers;
  const strength = unpack(surface.sure || surface.values).numbers;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const from = row * side + column;
      const share = strength[from] / 255;
      const colour = classes ? mix(ground, colours[classes[from]], 0.1 + 0.5 * share) : mix(ground, ramp(share, dark), 0.75);
      image.data.set([...colour, 255], 4 * ((side - 1 - row) * side + column));
    }
  }
  pen.putImageData(image, 0, 0);
}
