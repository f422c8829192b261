// Weights, activations and gradients of each layer as histograms.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { font, rem, useCanvas } from "./canvas.js";
import { css, grey } from "./colours.js";
import { useDescription } from "./described.js";
import { percent } from "./figures.js";

const KINDS = ["weights", "activations", "gradients"];
const LINE = 4.25, GAP = 1.4;

export default {
  setup() {
    const studio = inject("studio"), say = inject("say");
    const shown = computed(() => studio.frame?.scene.distributions);
    const tall = computed(() => LINE * (shown.value?.layers.length || 1));
    const two = (value) => {
      if (!Number.isFinite(value)) return "–";
      if (value === 0) return "0";
      const size = Math.abs(value);
      return size < 1e-3 || size >= 1e4 ? value.toExponential(1).replace("e+", "e") : String(Number(value.toPrecision(2)));
    };

    const { canvas, redraw } = useCanvas((pen, width, height) => {
      if (!shown.value) return;
      const line = Math.max(rem(LINE), Math.min(rem(18), height / shown.value.layers.length));
      const rule = css(studio.dark ? [60, 72, 86] : [205, 212, 220]);
      const colours = { weights: [0, 114, 178], activations: [0, 158, 115], gradients: [213, 94, 0] };
      if (studio.dark) Object.assign(colours, { weights: [86, 180, 233], activations: [60, 190, 150], gradients: [240, 150, 80] });
      const gap = rem(GAP), each = (width - 2 * gap) / 3;
      shown.value.layers.forEach((layer, i) => {
        const top = i * line, words = rem(1.25), high = line - words - rem(1.35);
        KINDS.forEach((kind, k) => {
          const left = k * (each + gap), found = layer[kind];
          pen.font = font(12);
          pen.textBaseline = "middle";
          pen.textAlign = "left";
          pen.fillStyle = css(studio.dark ? [228, 233, 240] : [31, 41, 51]);
          const aside = found ? pen.measureText(`σ ${two(found.std)}`).width + rem(0.6) : 0;
          if (k === 0) pen.fillText(layer.name, left, top + words / 2, each - aside);
          pen.strokeStyle = rule;
          pen.beginPath();
          pen.moveTo(left, top + words + high + 0.5);
          pen.lineTo(left + each, top + words + high + 0.5);
          pen.stroke();
          pen.fillStyle = grey(studio.dark);
          if (!found) {
            pen.textAlign = "center";
            pen.fillText("–", left + each / 2, top + words + high / 2);
            return;
          }
          pen.textAlign = "right";
          pen.fillText(`σ ${two(found.std)}`, left + each, top + words / 2);
          if (k && found.zero >= 0.005) {
            const zeros = `${Math.round(100 * found.zero)} % = 0`, room = each - pen.measureText(`σ ${two(found.std)}`).width - 8;
            pen.textAlign = "left";
            if (pen.measureText(zeros).width < room) pen.fillText(zeros, left, top + words / 2);
          }
          const bars = unpack(found.bars).numbers, wide = each / bars.length;
          pen.fillStyle = css(colours[kind], 0.9);
          bars.forEach((bar, b) => pen.fillRect(left + b * wide, top + words + high * (1 - bar / 255), Math.max(1, wide - 0.6), (high * bar) / 255));
          pen.fillStyle = grey(studio.dark);
          pen.font = font(11);
          pen.textAlign = "left";
          pen.fillText(two(-found.reach), left, top + words + high + rem(0.62));
          pen.textAlign = "right";
          pen.fillText(two(found.reach), left + each, top + words + high + rem(0.62));
          pen.textAlign = "center";
          pen.fillText("0", left + each / 2, top + words + high + rem(0.62));
        });
      });
    });
    watch([shown, () => studio.dark], redraw);
    function heard(layer) {
      const parts = KINDS.filter((kind) => layer[kind]).map((kind) => {
        const { std, zero } = layer[kind];
        return `${say(kind)} σ ${two(std)}${kind !== "weights" && zero >= 0.005 ? ` (${percent(zero)} = 0)` : ""}`;
      });
      return `${layer.name}: ${parts.join(", ")}`;
    }
    const described = useDescription(() => shown.value && [say("distributions"), ...shown.value.layers.map(heard)].join(". "));
    const samples = computed(() => say("distributed_over", { count: studio.state?.scene.about.distributions?.samples }));
    return { studio, say, shown, canvas, tall, samples, described, KINDS };
  },
  template: `
    <section :aria-label="say('distributions')">
      <div class="thirds"><b v-for="kind in KINDS" :key="kind" :class="kind">{{ say(kind) }}</b></div>
      <div class="layers" tabindex="0" role="group" :aria-label="say('layers')"><canvas ref="canvas" id="distributions" role="img" :aria-label="described || say('distributions')"
        :style="{ height: 'max(100%, ' + tall + 'rem)' }"></canvas></div>
      <p class="fine under">{{ samples }}</p>
    </section>`,
};
