// Weights, activations and gradients of each layer as histograms.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { font, rem, useCanvas } from "./canvas.js";
import { css, grey, ink, rule } from "./colours.js";
import { useDescription } from "./described.js";
import { percent } from "./figures.js";

const KINDS = ["weights", "activations", "gradients"];
const LINE = 4.25, GAP = 1.4, STACKED = 27;
const COLOURS = {
  light: { weights: [0, 114, 178], activations: [0, 158, 115], gradients: [213, 94, 0] },
  dark: { weights: [86, 180, 233], activations: [60, 190, 150], gradients: [240, 150, 80] },
};

export default {
  setup() {
    const studio = inject("studio"), say = inject("say"), stacked = ref(false);
    const shown = computed(() => studio.frame?.scene.distributions);
    const tall = computed(() => LINE * (shown.value?.layers.length || 1));
    const two = (value) => {
      if (!Number.isFinite(value)) return "–";
      if (value === 0) return "0";
      const size = Math.abs(value);
      return size < 1e-3 || size >= 1e4 ? value.toExponential(1).replace("e+", "e") : String(Number(value.toPrecision(2)));
    };

    function histogram(pen, { left, top, w, h }, kind, found, name) {
      const words = rem(1.25), high = h - words - rem(1.35), bottom = top + words + high;
      pen.font = font(12);
      pen.textBaseline = "middle";
      pen.textAlign = "left";
      pen.fillStyle = ink(studio.dark);
      const aside = found ? pen.measureText(`σ ${two(found.std)}`).width + rem(0.6) : 0;
      pen.fillText(name, left, top + words / 2, w - aside);
      pen.strokeStyle = rule(studio.dark);
      pen.beginPath();
      pen.moveTo(left, bottom + 0.5);
      pen.lineTo(left + w, bottom + 0.5);
      pen.stroke();
      pen.fillStyle = grey(studio.dark);
      if (!found) {
        pen.textAlign = "center";
        pen.fillText("–", left + w / 2, top + words + high / 2);
        return;
      }
      const before = name ? pen.measureText(name).width + rem(1) : 0;
      pen.textAlign = "right";
      pen.fillText(`σ ${two(found.std)}`, left + w, top + words / 2);
      if (kind !== "weights" && found.zero >= 0.005) {
        const zeros = `${percent(found.zero)} = 0`;
        pen.textAlign = "left";
        if (before + pen.measureText(zeros).width < w - aside) pen.fillText(zeros, left + before, top + words / 2);
      }
      const bars = unpack(found.bars).numbers, wide = w / bars.length;
      pen.fillStyle = css(COLOURS[studio.dark ? "dark" : "light"][kind], 0.9);
      bars.forEach((bar, b) => pen.fillRect(left + b * wide, bottom - (high * bar) / 255, Math.max(1, wide - 0.6), (high * bar) / 255));
      pen.fillStyle = grey(studio.dark);
      const ends = found.reach === 0 ? [] : [["left", left, -found.reach], ["right", left + w, found.reach]];
      const crowded = ends.some(([, , value]) => pen.measureText(two(value)).width + rem(0.5) > w / 2);
      for (const [align, x, value] of crowded ? ends : [...ends, ["center", left + w / 2, 0]]) {
        pen.textAlign = align;
        pen.fillText(two(value), x, bottom + rem(0.62));
      }
    }

    // A row for each layer; a layer that is alone, and has the height, has its three below each other.
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      if (!shown.value) return;
      const { layers } = shown.value;
      stacked.value = layers.length === 1 && height >= rem(STACKED);
      if (stacked.value) {
        const [layer] = layers, apart = rem(0.4), h = height / KINDS.length;
        KINDS.forEach((kind, k) => histogram(pen, { left: 0, top: k * h + apart, w: width, h: h - apart }, kind, layer[kind], `${layer.name} · ${say(kind)}`));
        return;
      }
      const line = Math.max(rem(LINE), Math.min(rem(18), height / layers.length)), gap = rem(GAP), each = (width - 2 * gap) / KINDS.length;
      layers.forEach((layer, i) => KINDS.forEach((kind, k) =>
        histogram(pen, { left: k * (each + gap), top: i * line, w: each, h: line }, kind, layer[kind], k ? "" : layer.name)));
    });
    watch([shown, () => studio.dark, () => studio.language], redraw);
    function heard(layer) {
      const parts = KINDS.filter((kind) => layer[kind]).map((kind) => {
        const { std, zero } = layer[kind];
        return `${say(kind)} σ ${two(std)}${kind !== "weights" && zero >= 0.005 ? ` (${percent(zero)} = 0)` : ""}`;
      });
      return `${layer.name}: ${parts.join(", ")}`;
    }
    const described = useDescription(() => shown.value && [say("distributions"), ...shown.value.layers.map(heard)].join(". "));
    const samples = computed(() => say("distributed_over", { count: studio.state?.scene.about.distributions?.samples }));
    return { studio, say, shown, stacked, canvas, tall, samples, described, KINDS };
  },
  template: `
    <section :aria-label="say('distributions')">
      <div v-if="!stacked" class="thirds"><b v-for="kind in KINDS" :key="kind" :class="kind">{{ say(kind) }}</b></div>
      <div class="layers" tabindex="0" role="group" :aria-label="say('layers')"><canvas ref="canvas" id="distributions" role="img" :aria-label="described || say('distributions')"
        :style="{ height: 'max(100%, ' + tall + 'rem)' }"></canvas></div>
      <p class="fine under">{{ samples }}</p>
    </section>`,
};
