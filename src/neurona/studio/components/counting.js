// A unit of two weights: their way over the loss surface, and how they count the ones of a sequence.
import { computed, inject, watch } from "vue";
import { unpack } from "./arrays.js";
import { font, numbered, rem, short, ticks, useCanvas } from "./canvas.js";
import { css, grey, ink, mix, ofSign, paper, rule } from "./colours.js";
import { spoken, useDescription } from "./described.js";
import Sampler from "./sampler.js";

export default {
  components: { Sampler },
  setup() {
    const studio = inject("studio"), say = inject("say");
    const shown = computed(() => studio.frame?.scene.counting);
    const about = computed(() => studio.state?.scene.about.counting);
    const blue = () => css(ofSign(1, studio.dark));
    const orange = () => css(studio.dark ? [255, 157, 107] : [213, 94, 0]);
    let kept = {};

    // The surface as a picture, painted once: dark where the loss is small.
    function ground() {
      if (kept.about === about.value && kept.dark === studio.dark) return kept.sheet;
      const { side, heights } = about.value, { numbers } = unpack(heights), sheet = document.createElement("canvas");
      sheet.width = sheet.height = side;
      const pen = sheet.getContext("2d"), image = pen.createImageData(side, side), deep = studio.dark ? [30, 110, 160] : [90, 170, 220];
      for (let row = 0; row < side; row++) for (let column = 0; column < side; column++) {
        const step = Math.round((1 - numbers[row * side + column] / 255) * 16) / 16; // as contours
        image.data.set([...mix(paper(studio.dark), deep, step), 255], 4 * ((side - 1 - row) * side + column));
      }
      pen.putImageData(image, 0, 0);
      kept = { about: about.value, dark: studio.dark, sheet };
      return sheet;
    }

    const surface = useCanvas((pen, width, height) => {
      if (!shown.value || !about.value) return;
      const { low, high } = about.value, [left, under] = [rem(2.7), rem(2.5)], [w, h] = [width - left - 6, height - under - 6];
      const x = (u) => left + ((u - low[0]) / (high[0] - low[0])) * w, y = (v) => 6 + h - ((v - low[1]) / (high[1] - low[1])) * h;
      pen.imageSmoothingEnabled = true;
      pen.drawImage(ground(), left, 6, w, h);
      pen.strokeStyle = rule(studio.dark);
      pen.lineWidth = 1;
      pen.strokeRect(left - 0.5, 5.5, w + 1, h + 1);
      pen.font = font(12);
      pen.fillStyle = grey(studio.dark);
      pen.textAlign = "center";
      pen.textBaseline = "top";
      for (const [tick, text] of numbered(ticks(low[0], high[0], 5))) pen.fillText(text, x(tick), 6 + h + 5);
      pen.fillText("U", left + w / 2, 6 + h + rem(1.2));
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      for (const [tick, text] of numbered(ticks(low[1], high[1], 5))) pen.fillText(text, left - 5, y(tick));
      pen.fillText("W", rem(0.8), 6 + h / 2);
      pen.save();
      pen.beginPath();
      pen.rect(left, 6, w, h);
      pen.clip();
      for (const [along, across] of [[x(1), null], [null, y(1)]]) {
        pen.strokeStyle = grey(studio.dark);
        pen.setLineDash([3, 4]);
        pen.beginPath();
        pen.moveTo(along ?? left, across ?? 6);
        pen.lineTo(along ?? left + w, across ?? 6 + h);
        pen.stroke();
      }
      pen.setLineDash([]);
      const { numbers } = unpack(shown.value.way), limit = 1e4;
      const way = [];
      for (let i = 0; i < numbers.length; i += 3) {
        if (Number.isFinite(numbers[i + 1]) && Number.isFinite(numbers[i + 2])) way.push([numbers[i + 1], numbers[i + 2]].map((one) => Math.max(-limit, Math.min(limit, one))));
      }
      pen.strokeStyle = orange();
      pen.lineWidth = 2;
      pen.beginPath();
      way.forEach(([u, v]) => pen.lineTo(x(u), y(v)));
      pen.stroke();
      pen.fillStyle = orange();
      if (way.length < 200) for (const [u, v] of way) {
        pen.beginPath();
        pen.arc(x(u), y(v), rem(0.16), 0, 7);
        pen.fill();
      }
      if (way.length) {
        const [[su, sv], [u, v]] = [way[0], way.at(-1)];
        pen.strokeStyle = ink(studio.dark);
        pen.strokeRect(x(su) - rem(0.3), y(sv) - rem(0.3), rem(0.6), rem(0.6));
        pen.beginPath();
        pen.arc(x(u), y(v), rem(0.42), 0, 7);
        pen.fill();
        pen.stroke();
      }
      pen.restore();
    });

    // What each step weighs in the answer, above; the state beside the count of ones, below.
    const sequence = useCanvas((pen, width, height) => {
      if (!shown.value) return;
      const { bits, ones } = shown.value, states = unpack(shown.value.states).numbers, each = unpack(shown.value.each).numbers;
      const left = rem(2.9), w = width - left - 4, title = rem(1.5), foot = rem(1.6), h = (height - 2 * title - foot) / 2;
      const x = (step) => left + (step / bits.length) * w, wide = w / bits.length;
      const chart = (top, low, high, name) => {
        const y = (value) => top + h - 3 - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (h - 6);
        pen.font = font(12);
        pen.fillStyle = grey(studio.dark);
        pen.textAlign = "left";
        pen.textBaseline = "middle";
        pen.fillText(name, left, top - title / 2, w);
        pen.textAlign = "right";
        for (const [tick, text] of numbered(ticks(low, high, 3))) pen.fillText(text, left - 5, y(tick));
        pen.strokeStyle = rule(studio.dark);
        pen.lineWidth = 1;
        pen.strokeRect(left + 0.5, top + 0.5, w - 1, h - 1);
        return y;
      };
      const line = (values, y, colour, thick, dash = []) => {
        pen.strokeStyle = colour;
        pen.lineWidth = thick;
        pen.setLineDash(dash);
        pen.beginPath();
        values.forEach((value, step) => {
          if (!Number.isFinite(value)) return;
          pen.lineTo(x(step), y(value));
          pen.lineTo(x(step + 1), y(value));
        });
        pen.stroke();
        pen.setLineDash([]);
      };
      const most = Math.max(2, ones.at(-1) * 1.25);
      let y = chart(title, -0.5 * most, most, say("counted"));
      line(ones, y, grey(studio.dark), 2, [4, 4]);
      line(Array.from(states), y, orange(), 2.4);
      y = chart(2 * title + h, -1, 2, say("weighs"));
      each.forEach((value, step) => {
        if (!Number.isFinite(value)) return;
        pen.fillStyle = blue();
        pen.fillRect(x(step) + 1, Math.min(y(0), y(value)), Math.max(1, wide - 2), Math.max(1, Math.abs(y(value) - y(0))));
      });
      pen.strokeStyle = grey(studio.dark);
      pen.setLineDash([4, 4]);
      pen.beginPath();
      pen.moveTo(left, y(1));
      pen.lineTo(left + w, y(1));
      pen.stroke();
      pen.setLineDash([]);
      pen.textAlign = "center";
      pen.fillStyle = ink(studio.dark);
      const every = Math.max(1, Math.ceil(rem(0.8) / wide));
      bits.forEach((bit, step) => step % every || pen.fillText(String(bit), x(step) + wide / 2, height - foot / 2));
    });
    const last = computed(() => unpack(shown.value.states).numbers.at(-1));
    watch([shown, () => studio.dark], () => [surface, sequence].forEach((one) => one.redraw()));
    const described = useDescription(() => {
      if (!shown.value) return { surface: "", sequence: "" };
      const { u, w, ones } = shown.value;
      return {
        surface: `${say("counting_surface")} U = ${spoken(u)}, W = ${spoken(w)}`,
        sequence: `${say("counting_sequence")} ${say("counts_to")}: ${spoken(last.value)}, ${say("ones_there")}: ${ones.at(-1)}`,
      };
    });
    return { studio, say, shown, last, short, described, surface: surface.canvas, sequence: sequence.canvas };
  },
  template: `
    <section class="counts" :aria-label="say('counting')">
      <template v-if="shown">
        <div class="row"><dl><div><dt>U</dt><dd id="u">{{ short(shown.u) }}</dd></div><div><dt>W</dt><dd id="w">{{ short(shown.w) }}</dd></div>
          <div><dt>∂L/∂U</dt><dd>{{ short(shown.gradient[0]) }}</dd></div><div><dt>∂L/∂W</dt><dd>{{ short(shown.gradient[1]) }}</dd></div>
          <div><dt>{{ say("counts_to") }}</dt><dd id="counted">{{ short(last) }}</dd></div><div><dt>{{ say("ones_there") }}</dt><dd>{{ shown.ones.at(-1) }}</dd></div></dl>
          <Sampler :shown="shown" /></div>
        <div class="both"><figure><canvas ref="surface" id="counting" role="img" :aria-label="described.surface"></canvas><figcaption class="fine">{{ say("counting_surface") }}</figcaption></figure>
          <figure><canvas ref="sequence" id="counted-sequence" role="img" :aria-label="described.sequence"></canvas><figcaption class="fine">{{ say("counting_sequence") }}</figcaption></figure></div>
      </template>
    </section>`,
};
