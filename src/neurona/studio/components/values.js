// Predicted against true values, their residuals beside them, and one sample by its numbers.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { aside, titles } from "./axes.js";
import { font, numbered, rem, short, ticks, useCanvas } from "./canvas.js";
import { css, faint, grey, ink, ofSign } from "./colours.js";
import { digits } from "./figures.js";
import Sampler from "./sampler.js";

export default {
  components: { Sampler },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look");
    const shown = computed(() => studio.frame?.scene.values);
    const targets = computed(() => studio.state?.scene.about.values?.targets || []);
    const tip = ref(null);
    let places = [];
    const orange = (alpha) => css(studio.dark ? [255, 157, 107] : [213, 94, 0], alpha);

    // Both axes reach over the true values; what is predicted far beyond them stands at the edge.
    const ends = computed(() => {
      const { points } = shown.value, found = Object.values(points).flatMap((packed) => Array.from(unpack(packed).numbers).filter((_, i) => i % 2 === 0));
      const [low, high] = [Math.min(...found), Math.max(...found)], room = 0.08 * (high - low || 1);
      return [low - room, high + room];
    });

    function scatter(pen, box) {
      const [low, high] = ends.value, share = (value) => (Math.min(high, Math.max(low, value)) - low) / (high - low);
      const x = (value) => box.left + share(value) * box.w, y = (value) => box.top + box.h - share(value) * box.h;
      pen.lineWidth = 1;
      for (const [tick, text] of numbered(ticks(low, high, 5), digits, 5)) {
        pen.strokeStyle = faint(studio.dark);
        pen.beginPath();
        pen.moveTo(box.left, y(tick));
        pen.lineTo(box.left + box.w, y(tick));
        pen.moveTo(x(tick), box.top);
        pen.lineTo(x(tick), box.top + box.h);
        pen.stroke();
        pen.fillStyle = grey(studio.dark);
        pen.textAlign = "right";
        pen.textBaseline = "middle";
        pen.fillText(text, box.left - 5, y(tick));
        pen.textAlign = "center";
        pen.textBaseline = "top";
        pen.fillText(text, x(tick), box.top + box.h + 5);
      }
      titles(pen, box, say("true_value"), say("predicted_value"), studio.dark, box.left - rem(0.5));
      // What is what stands above, further to the left where the title of the residuals would be in its way.
      const parts = Object.keys(shown.value.points), wide = (name) => pen.measureText(say(name)).width + rem(1.7);
      let left = Math.max(0, Math.min(box.left, box.until - parts.reduce((sum, name) => sum + wide(name), 0)));
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      for (const name of parts) {
        pen.fillStyle = name === shown.value.split ? orange(1) : grey(studio.dark);
        pen.beginPath();
        pen.arc(left + rem(0.3), rem(0.6), rem(0.25), 0, 7);
        pen.fill();
        pen.fillStyle = grey(studio.dark);
        pen.fillText(say(name), left + rem(0.75), rem(0.6));
        left += wide(name);
      }
      pen.strokeStyle = ink(studio.dark);
      pen.setLineDash([5, 4]);
      pen.beginPath();
      pen.moveTo(x(low), y(low));
      pen.lineTo(x(high), y(high));
      pen.stroke();
      pen.setLineDash([]);
      places = [];
      for (const [name, packed] of Object.entries(shown.value.points)) {
        const { numbers } = unpack(packed), judged = name === shown.value.split;
        for (let i = 0; i < numbers.length; i += 2) {
          if (!Number.isFinite(numbers[i + 1])) continue;
          const at = [x(numbers[i]), y(numbers[i + 1])];
          pen.beginPath();
          pen.arc(...at, rem(judged ? 0.21 : 0.16), 0, 7);
          pen.fillStyle = judged ? orange(0.75) : grey(studio.dark).replace(/,1\)$/, ",0.35)");
          pen.fill();
          if (judged) places.push({ at, row: shown.value.rows[i / 2], truth: numbers[i], predicted: numbers[i + 1] });
        }
      }
      if (shown.value.predicted === null) return;
      pen.beginPath();
      pen.arc(x(shown.value.true), y(shown.value.predicted), rem(0.5), 0, 7);
      pen.moveTo(x(shown.value.true), y(shown.value.predicted));
      pen.lineTo(x(shown.value.true), y(shown.value.true));
      pen.strokeStyle = ink(studio.dark);
      pen.lineWidth = 2;
      pen.stroke();
    }

    // The residuals lie on an axis of their own: over the diagonal is too much, under it too little.
    function residuals(pen, box) {
      const { bars, low, high } = shown.value, each = box.h / bars.length, most = Math.max(1, ...bars);
      const y = (value) => box.top + box.h * (1 - (value - low) / (high - low));
      const right = box.left + box.w + rem(3), long = pen.measureText(say("residuals")).width > right - box.left;
      pen.textAlign = long ? "right" : "left";
      pen.textBaseline = "middle";
      pen.fillStyle = grey(studio.dark);
      pen.fillText(say("residuals"), long ? right : box.left, rem(0.6));
      pen.textAlign = "left";
      bars.forEach((count, i) => {
        const middle = (i + 0.5) / bars.length - 0.5;
        pen.fillStyle = middle < 0 ? orange(0.85) : css(ofSign(1, studio.dark), 0.85);
        if (Math.abs(middle) < 0.5 / bars.length) pen.fillStyle = grey(studio.dark);
        pen.fillRect(box.left, box.top + box.h - (i + 1) * each + 0.5, (count / most) * box.w, Math.max(1, each - 1));
      });
      pen.strokeStyle = ink(studio.dark);
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(box.left, y(0));
      pen.lineTo(box.left + box.w, y(0));
      pen.stroke();
      pen.fillStyle = grey(studio.dark);
      for (const [tick, text] of numbered(ticks(low, high, 4), digits, 5)) pen.fillText(text, box.left + box.w + 4, Math.min(box.top + box.h - 4, Math.max(box.top + 4, y(tick))), rem(2.8));
    }

    const { canvas, redraw } = useCanvas((pen, width, height) => {
      if (!shown.value) return;
      const side = Math.max(rem(5.5), Math.min(width * 0.26, rem(15))), top = rem(1.4), h = height - top - rem(2.7);
      pen.font = font(12);
      const left = Math.max(rem(3.6), rem(1.1) + aside(pen, numbered(ticks(...ends.value, 5), digits, 5)));
      const until = width - Math.max(side, pen.measureText(say("residuals")).width);
      scatter(pen, { left, top, w: width - side - rem(1.4) - left, h, until });
      residuals(pen, { left: width - side, top, w: side - rem(3), h });
    });
    function nearest(event) {
      const edge = event.target.getBoundingClientRect(), [x, y] = [event.clientX - edge.left, event.clientY - edge.top];
      let best = null, least = rem(1) ** 2;
      for (const place of places) {
        const away = (place.at[0] - x) ** 2 + (place.at[1] - y) ** 2;
        if (away < least) [best, least] = [place, away];
      }
      return best && { ...best, x, y, wide: edge.width };
    }
    function point(event) {
      const at = nearest(event);
      const text = at && say("true_and_predicted", { truth: digits(at.truth), predicted: digits(at.predicted) });
      tip.value = at && { text, x: Math.max(0, Math.min(at.x + 12, at.wide - rem(15))), y: Math.max(0, at.y - rem(2)) };
    }
    function choose(event) {
      const at = nearest(event);
      if (at) look({ sample: at.row });
    }
    const scores = computed(() => {
      const { rmse, mae, r2 } = shown.value;
      return say("scores", { rmse: digits(rmse, 4), mae: digits(mae, 4), r2: short(r2) });
    });
    const cells = computed(() => (shown.value.cells || []).map(([name, value]) => ({ name, value: typeof value === "string" ? value || say("whatif_missing") : digits(value) })));
    const missed = computed(() => shown.value.predicted === null ? "–" : digits(shown.value.predicted - shown.value.true, 4));
    watch([shown, () => studio.dark], redraw);
    return { studio, say, look, shown, targets, canvas, tip, point, choose, scores, cells, missed, digits };
  },
  template: `
    <section class="values" :aria-label="say('values')">
      <template v-if="shown">
        <div class="row"><span class="fine" id="scores">{{ scores }}</span>
          <label v-if="targets.length > 1" class="pick"><span class="fine">{{ say("target_column") }}</span>
            <select id="values-target" :value="shown.target" @change="look({ target: Number($event.target.value) })"><option v-for="(name, i) in targets" :key="name" :value="i">{{ name }}</option></select></label></div>
        <div class="plot"><canvas ref="canvas" id="values" role="img" :aria-label="say('values') + '. ' + scores" @pointermove="point" @pointerleave="tip = null" @click="choose"></canvas>
          <span v-if="tip" class="tip" :style="{ left: tip.x + 'px', top: tip.y + 'px' }">{{ tip.text }}</span></div>
        <div class="one"><Sampler :shown="shown" />
          <dl><div class="main"><dt>{{ say("true_value") }}</dt><dd>{{ digits(shown.true) }}</dd></div><div class="main"><dt>{{ say("predicted_value") }}</dt><dd id="predicted">{{ digits(shown.predicted) }}</dd></div>
            <div class="main"><dt :title="say('residual')">{{ say("residual") }}</dt><dd>{{ missed }}</dd></div>
            <div v-for="cell in cells" :key="cell.name"><dt :title="cell.name">{{ cell.name }}</dt><dd>{{ cell.value }}</dd></div></dl></div>
      </template>
    </section>`,
};
