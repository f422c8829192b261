// A part of the page as a picture: each canvas draws itself once more, as vectors; of all else, grounds and words.

const NAMES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text) => String(text).replace(/[&<>"]/g, (letter) => NAMES[letter]);
const round = (value) => Math.round(value * 100) / 100;
const attributes = (given) => Object.entries(given).filter(([, value]) => value !== undefined && value !== "")
  .map(([name, value]) => ` ${name}="${escape(typeof value === "number" ? round(value) : value)}"`).join("");
const START = { fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, font: "10px sans-serif", textAlign: "start", textBaseline: "alphabetic",
  globalAlpha: 1, lineJoin: "miter", lineCap: "butt", dash: "" };
const BASELINES = { top: "text-before-edge", hanging: "hanging", middle: "central", bottom: "text-after-edge" };
const CLEAR = /^rgba\(.*, 0\)$|^transparent$/;
const ANCHORS = { center: "middle", right: "end", end: "end" };

// What a canvas' pen is told, as elements of SVG. It knows what the views draw with, and no more.
export class Pen {
  constructor(canvas) {
    this.canvas = canvas;
    this.real = document.createElement("canvas").getContext("2d");
    this.parts = [];
    this.kept = [];
    this.clips = 0;
    this.name = `c${Math.random().toString(36).slice(2, 8)}`;
    this.matrix = new DOMMatrix();
    this.path = "";
    this.clipped = "";
    Object.assign(this, START);
  }
  save() {
    const now = Object.fromEntries(Object.keys(START).map((key) => [key, this[key]]));
    this.kept.push({ ...now, matrix: this.matrix, clipped: this.clipped });
  }
  restore() {
    Object.assign(this, this.kept.pop());
  }
  // The views scale to the screen's dots once, before they draw; an SVG has no dots.
  setTransform() {
    this.matrix = new DOMMatrix();
  }
  translate(x, y) {
    this.matrix = this.matrix.translate(x, y);
  }
  rotate(angle) {
    this.matrix = this.matrix.rotate((angle * 180) / Math.PI);
  }
  scale(x, y = x) {
    this.matrix = this.matrix.scale(x, y);
  }
  clearRect() {}
  setLineDash(dash) {
    this.dash = dash.join(" ");
  }
  measureText(text) {
    this.real.font = this.font;
    return this.real.measureText(text);
  }
  isPointInStroke() {
    return false;
  }
  isPointInPath() {
    return false;
  }
  createImageData(width, height) {
    return this.real.createImageData(width, height);
  }
  createLinearGradient(...ends) {
    return this.real.createLinearGradient(...ends);
  }
  beginPath() {
    this.path = "";
  }
  closePath() {
    this.path += "Z";
  }
  to(letter, x, y) {
    const at = this.matrix.transformPoint({ x, y });
    this.path += `${letter}${round(at.x)} ${round(at.y)}`;
  }
  moveTo(x, y) {
    this.to("M", x, y);
  }
  lineTo(x, y) {
    this.to(this.path ? "L" : "M", x, y);
  }
  bezierCurveTo(a, b, c, d, x, y) {
    this.to("C", a, b);
    this.to(" ", c, d);
    this.to(" ", x, y);
  }
  quadraticCurveTo(a, b, x, y) {
    this.to("Q", a, b);
    this.to(" ", x, y);
  }
  rect(x, y, w, h) {
    this.moveTo(x, y);
    for (const [a, b] of [[x + w, y], [x + w, y + h], [x, y + h]]) this.lineTo(a, b);
    this.closePath();
  }
  roundRect(x, y, w, h) {
    this.rect(x, y, w, h);
  }
  // An arc as short lines: what is drawn here is small.
  arc(x, y, radius, from, to, backwards = false) {
    let turn = Math.max(-2 * Math.PI, Math.min(2 * Math.PI, to - from));
    if (backwards && turn > 0) turn -= 2 * Math.PI;
    const count = Math.max(8, Math.ceil(Math.abs(turn) * Math.sqrt(Math.max(1, radius)) * 2));
    for (let i = 0; i <= count; i++) {
      const angle = from + (turn * i) / count;
      this.to(i || this.path ? "L" : "M", x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    }
  }
  put(tag, given, inside = "") {
    const opacity = this.globalAlpha < 1 ? this.globalAlpha : undefined;
    this.parts.push(`<${tag}${attributes({ ...given, opacity, "clip-path": this.clipped && `url(#${this.clipped})` })}>${inside}</${tag}>`);
  }
  fill() {
    if (this.path) this.put("path", { d: this.path, fill: String(this.fillStyle) });
  }
  stroke() {
    if (!this.path) return;
    const line = { stroke: String(this.strokeStyle), "stroke-width": this.lineWidth, "stroke-dasharray": this.dash };
    this.put("path", { d: this.path, fill: "none", ...line, "stroke-linejoin": this.lineJoin, "stroke-linecap": this.lineCap });
  }
  clip() {
    const name = `${this.name}-${this.clips++}`;
    this.parts.push(`<clipPath id="${name}"><path d="${this.path}"/></clipPath>`);
    this.clipped = name;
  }
  shape(x, y, w, h, draw) {
    const before = this.path;
    this.path = "";
    this.rect(x, y, w, h);
    draw();
    this.path = before;
  }
  fillRect(x, y, w, h) {
    this.shape(x, y, w, h, () => this.fill());
  }
  strokeRect(x, y, w, h) {
    this.shape(x, y, w, h, () => this.stroke());
  }
  fillText(text, x, y) {
    const { a, b, c, d, e, f } = this.matrix;
    const turned = a !== 1 || b || c || d !== 1 || e || f ? `matrix(${[a, b, c, d, e, f].map(round).join(" ")})` : undefined;
    this.put("text", { x, y, fill: String(this.fillStyle), style: `font:${this.font}`, "text-anchor": ANCHORS[this.textAlign],
      "dominant-baseline": BASELINES[this.textBaseline], transform: turned }, escape(text));
  }
  drawImage(image, ...where) {
    const whole = where.length < 8;
    const sheet = document.createElement("canvas");
    const [sx, sy, sw, sh] = whole ? [0, 0, image.width, image.height] : where;
    const [x, y, w = image.width, h = image.height] = whole ? where : where.slice(4);
    if (!sw || !sh) return;
    const smooth = this.imageSmoothingEnabled !== false;
    // Programs differ in how they enlarge a small picture: it is enlarged here as the page does it.
    const larger = Math.max(1, Math.ceil((2 * Math.abs(w)) / sw));
    Object.assign(sheet, { width: sw * larger, height: sh * larger });
    const pen = sheet.getContext("2d");
    pen.imageSmoothingEnabled = smooth;
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, sx, sy, sw, sh, 0, 0, sheet.width, sheet.height);
    const at = this.matrix.transformPoint({ x, y });
    this.put("image", { x: at.x, y: at.y, width: w * this.matrix.a, height: h * this.matrix.d, href: sheet.toDataURL(), preserveAspectRatio: "none" });
  }
}

const seen = (element) => {
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && style.clipPath === "none" && style.opacity !== "0" && box;
};

// Grounds and words of what is no canvas, where they stand.
function around(element, left, top) {
  const parts = [];
  for (const one of element.querySelectorAll("*")) {
    const box = !one.closest("canvas, select, option, svg, .unseen, [role=tablist], label.tick, button") && seen(one);
    if (!box) continue;
    const style = getComputedStyle(one);
    const at = { x: box.left - left, y: box.top - top, width: box.width, height: box.height };
    if (!CLEAR.test(style.backgroundColor)) parts.push(`<rect${attributes({ ...at, fill: style.backgroundColor, rx: parseFloat(style.borderRadius) || 0 })}/>`);
    for (const node of one.childNodes) {
      if (node.nodeType !== Node.TEXT_NODE || !node.textContent.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const words = range.getBoundingClientRect();
      const font = `font:${style.fontWeight} ${style.fontSize} ${style.fontFamily.replace(/"/g, "'")}`;
      parts.push(`<text${attributes({ x: words.left - left, y: (words.top + words.bottom) / 2 - top, fill: style.color, style: font, "dominant-baseline": "central" })}>${escape(node.textContent.trim())}</text>`);
    }
  }
  return parts;
}

function ground(element) {
  const colour = element && getComputedStyle(element).backgroundColor;
  return !element ? "#fff" : CLEAR.test(colour) ? ground(element.parentElement) : colour;
}

// An element of the page as the text of an SVG file, and its size.
export function picture(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  const parts = [`<rect${attributes({ width, height, fill: ground(element) })}/>`];
  for (const canvas of element.querySelectorAll("canvas")) {
    const box = seen(canvas);
    if (!box || !canvas.width) continue;
    let inside = "";
    if (canvas.paint) {
      const pen = new Pen(canvas);
      canvas.paint(pen, canvas.clientWidth, canvas.clientHeight);
      inside = pen.parts.join("");
    } else inside = `<image${attributes({ width: box.width, height: box.height, href: canvas.toDataURL() })}/>`;
    parts.push(`<g transform="translate(${round(box.left - left)} ${round(box.top - top)})">${inside}</g>`);
  }
  parts.push(...around(element, left, top));
  const size = `width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}"`;
  return { width, height, text: `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${parts.join("\n")}</svg>\n` };
}

export function save(blob, name) {
  const anchor = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10000);
}

// Offer an element of the page as a file: "svg", or "png" with three dots for each of the page.
export async function take(element, form, name) {
  const { text, width, height } = picture(element);
  const drawn = new Blob([text], { type: "image/svg+xml" });
  if (form === "svg") return save(drawn, name);
  const image = new Image();
  image.src = URL.createObjectURL(drawn);
  await image.decode();
  const sheet = Object.assign(document.createElement("canvas"), { width: Math.round(3 * width), height: Math.round(3 * height) });
  sheet.getContext("2d").drawImage(image, 0, 0, sheet.width, sheet.height);
  URL.revokeObjectURL(image.src);
  save(await new Promise((done) => sheet.toBlob(done, "image/png")), name);
}
