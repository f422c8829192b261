// A canvas that is as sharp as the screen, and told when its size changes.
import { onBeforeUnmount, ref, watch } from "vue";

export function useCanvas(draw) {
  const canvas = ref(null);
  const observer = new ResizeObserver(() => redraw());
  let waiting = 0;
  const redraw = () => {
    if (waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      const element = canvas.value;
      if (!element || !element.clientWidth || !element.clientHeight) return;
      const scale = window.devicePixelRatio || 1;
      const [width, height] = [element.clientWidth, element.clientHeight];
      const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
      if (element.width !== across || element.height !== down) {
        element.width = across;
        element.height = down;
      }
      const pen = element.getContext("2d");
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      pen.clearRect(0, 0, width, height);
      pen.save();
      try {
        draw(pen, width, height);
      } catch (error) {
        element.width = across; // what it had set, a clip perhaps, is not there the next time
        throw error;
      }
      pen.restore();
    });
  };
  watch(canvas, (element) => {
    observer.disconnect();
    if (element) element.paint = draw; // with another pen: svg.js
    if (element) observer.observe(element);
  });
  onBeforeUnmount(() => {
    observer.disconnect();
    cancelAnimationFrame(waiting);
  });
  return { canvas, redraw };
}

// A font that grows with the page: `size` in pixels where the page has its smallest type.
export function font(size) {
  const root = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return `${(size * root) / 14}px system-ui, "DejaVu Sans", sans-serif`;
}

export function rem(size) {
  return size * parseFloat(getComputedStyle(document.documentElement).fontSize);
}

// Round numbers for about `count` ticks between two values. They are counted, for of two values that hardly differ a step
// may be too small to be added to them.
export function ticks(low, high, count) {
  if (!(high - low > 0 && high - low < Infinity)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(low / step), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.min(last - first, 10 * count) + 1 }, (_, i) => (first + i) * step || 0);
}

// A number in few digits: large and small ones with two of them.
export function short(value, most = 4) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(most - 3).replace("e+", "e").replace(/\.?0*e/, "e");
  return String(parseFloat(value.toPrecision(most)));
}

// Each mark of an axis with its number, in as many digits as it takes to tell where it stands between the others.
export function numbered(marks, write = short, least = 4) {
  const near = 0.02 * Math.abs(marks[1] - marks[0]);
  for (let digits = least; ; digits++) {
    const texts = marks.map((mark) => write(mark, digits)), far = (text, i) => Math.abs(Number(text.replaceAll("\u202f", "")) - marks[i]) > near;
    if (digits > 12 || !texts.some(far)) return marks.map((mark, i) => [mark, texts[i]]);
  }
}
