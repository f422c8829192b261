// What leaves one layer for one picture: its maps or units, under the kernels or weights that made them.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { rem, short, useCanvas } from "./canvas.js";
import { rule } from "./colours.js";
import { mean, useDescription } from "./described.js";
import { lookup, paint } from "./tiles.js";

const GAP = 0.22, SIDE = 1.85, LARGEST = 3.4, KERNEL = 1.25, UNIT = 0.85;

export default {
  // `across`: so many tiles fill a row, where they are neither too small nor too large then.
  props: { layer: Object, across: { type: Number, default: 16 } },
  setup(props) {
    const studio = inject("studio"), say = inject("say");
    const tall = ref(0), tip = ref(null);
    const shown = computed(() => {
      const { maps, units, kernels } = props.layer;
      return { maps: maps && unpack(maps), units: units && unpack(units), kernels: kernels && unpack(kernels) };
    });
    let places = [];

    // A unit that has a picture of its weights stands under it; others stand close together.
    function plan(width) {
      const { maps, units, kernels } = shown.value;
      const count = maps ? maps.shape[0] : kernels ? Math.min(kernels.shape[0], units.shape[0]) : units.shape[0];
      const fitting = (width + rem(GAP)) / props.across - rem(GAP), gap = maps || kernels ? rem(GAP) : 1;
      const wanted = maps || kernels ? Math.min(rem(LARGEST), Math.max(rem(SIDE), fitting)) : rem(UNIT);
      const columns = Math.max(1, Math.floor((width + gap) / (wanted + gap) + 1e-6));
      const side = (width + gap) / columns - gap; // full rows end where the width does
      const above = kernels ? (maps ? rem(KERNEL) + 2 : side + 2) : 0;
      const below = maps ? (side * maps.shape[1]) / maps.shape[2] : kernels ? rem(0.4) : rem(1.05);
      const high = above + below + (maps || kernels ? rem(0.4) : 2);
      places = Array.from({ length: count }, (_, i) => ({
        x: (i % columns) * (side + gap), y: Math.floor(i / columns) * high, side, above, below, i,
      }));
      return Math.ceil(count / columns) * high;
    }

    function edge(pen, x, y, width, height) {
      pen.strokeStyle = rule(studio.dark);
      pen.lineWidth = 1;
      pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    }

    const { canvas, redraw } = useCanvas((pen, width) => {
      const high = plan(width);
      if (Math.abs(high - tall.value) > 0.5) {
        tall.value = high; // the canvas takes its new size, and is drawn again
        return;
      }
      const { maps, units, kernels } = shown.value, colours = lookup("signed", studio.dark);
      for (const { x, y, side, above, below, i } of places) {
        if (kernels && i < kernels.shape[0]) {
          const size = maps ? rem(KERNEL) : side;
          paint(pen, kernels, i, colours, x + (side - size) / 2, y, size, (size * kernels.shape.at(-2)) / kernels.shape.at(-1));
          edge(pen, x + (side - size) / 2, y, size, size);
        }
        if (maps) paint(pen, maps, i, colours, x, y + above, side, below);
        else {
          const [blue, green, red] = [16, 8, 0].map((shift) => (colours[units.numbers[i]] >> shift) & 255);
          pen.fillStyle = `rgb(${red},${green},${blue})`;
          pen.fillRect(x, y + above, side, below);
        }
        edge(pen, x, y + above, side, below);
      }
    });

    function point(event) {
      const box = event.target.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const at = places.find((one) => x >= one.x && x < one.x + one.side && y >= one.y && y < one.y + one.above + one.below);
      if (!at) return (tip.value = null);
      const { maps, units } = shown.value;
      let byte = null;
      if (!maps) byte = units.numbers[at.i];
      else if (y >= at.y + at.above) {
        const [, rows, columns] = maps.shape;
        const [row, column] = [Math.floor(((y - at.y - at.above) / at.below) * rows), Math.floor(((x - at.x) / at.side) * columns)];
        byte = maps.numbers[(at.i * rows + row) * columns + column];
      }
      const value = byte === null ? "" : short(Number((((byte - 128) / 127) * props.layer.reach).toPrecision(2)));
      const text = say(maps ? "channel" : "unit_number", { number: at.i + 1 }) + (value === "" ? "" : ` · ${value}`);
      tip.value = { text, x: Math.min(x + 12, box.width - rem(8)), y: y - rem(2) };
    }

    const more = computed(() => {
      const { maps, units, kernels } = shown.value;
      const drawn = maps ? maps.shape[0] : kernels ? Math.min(kernels.shape[0], units.shape[0]) : units.shape[0];
      return props.layer.count > drawn ? say("first_of", { count: drawn }) : "";
    });
    // Which channel or unit answers most.
    const described = useDescription(() => {
      const { maps, units } = shown.value, { numbers, shape } = maps || units, size = numbers.length / shape[0];
      const each = Array.from({ length: shape[0] }, (_, i) => mean(Array.from(numbers.subarray(i * size, (i + 1) * size), (byte) => Math.abs(byte - 128))));
      const which = say(maps ? "channel" : "unit_number", { number: each.indexOf(Math.max(...each)) + 1 });
      return `${props.layer.name} ${props.layer.shape}. ${say("layer_says", { which })}`;
    });
    watch([() => props.layer, () => studio.dark], redraw);
    return { canvas, tall, tip, point, more, say, described };
  },
  template: `
    <div class="layer" :data-layer="layer.name">
      <h3>{{ layer.name }} <span class="fine">{{ layer.shape }} {{ more }}</span></h3>
      <div class="drawn"><canvas ref="canvas" role="img" :aria-label="described" :style="{ height: (tall || 20) + 'px' }"
        @pointermove="point" @pointerleave="tip = null"></canvas>
        <span v-if="tip" class="tip" :style="{ left: tip.x + 'px', top: tip.y + 'px' }">{{ tip.text }}</span></div>
    </div>`,
};
