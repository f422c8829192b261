// Small pictures side by side, painted from bytes: signed ones by colour, others as ink on paper.
import { mix, paper, signed } from "./colours.js";

const INK = { light: [23, 33, 46], dark: [236, 240, 245] };
const sheet = document.createElement("canvas");

function packed([red, green, blue]) {
  return (255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red);
}

function table(colour) {
  return Uint32Array.from({ length: 256 }, (_, byte) => packed(colour(byte)));
}

// The colour of each byte: of a number from -1 to 1 as 128 + 127 v, of a share, or of a share of ink.
const tables = new Map();
export function lookup(kind, dark) {
  const key = `${kind} ${dark}`;
  if (!tables.has(key)) {
    const ground = paper(dark), ink = INK[dark ? "dark" : "light"];
    const colours = {
      signed: (byte) => signed((byte - 128) / 127, dark),
      share: (byte) => signed(byte / 255, dark),
      ink: (byte) => mix(ground, ink, byte / 255),
    };
    tables.set(key, table(colours[kind]));
  }
  return tables.get(key);
}

// Paint picture `index` of an unpacked array (n, h, w), or (n, 3, h, w) in colour, into a box.
export function paint(pen, { numbers, shape }, index, colours, x, y, width, height, smooth = false) {
  const [rows, columns] = shape.slice(-2), inColour = shape.length === 4 && shape[1] === 3;
  sheet.width = columns;
  sheet.height = rows;
  const ink = sheet.getContext("2d"), image = ink.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer), size = rows * columns;
  const from = index * size * (inColour ? 3 : 1);
  for (let i = 0; i < size; i++) {
    pixels[i] = inColour
      ? packed([numbers[from + i], numbers[from + size + i], numbers[from + 2 * size + i]])
      : colours[numbers[from + i]];
  }
  ink.putImageData(image, 0, 0);
  pen.imageSmoothingEnabled = smooth;
  pen.drawImage(sheet, x, y, width, height);
}
