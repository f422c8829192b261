// One sequence: what is read, what a layer holds meanwhile as heat maps over the steps, and what is answered.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { font, rem, short, useCanvas } from "./canvas.js";
import { classColours, css } from "./colours.js";
import Sampler from "./sampler.js";
import Shares from "./shares.js";
import { lookup, paint } from "./tiles.js";

const LEAST = 1.85;

export default {
  components: { Sampler, Shares },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look"), palette = inject("palette");
    const shown = computed(() => studio.frame?.scene.gates);
    const at = ref(null);
    let box = null;
    const grey = () => css(studio.dark ? [170, 180, 192] : [95, 107, 122]);
    const rule = () => css(studio.dark ? [60, 72, 86] : [205, 212, 220]);
    const ink = () => css(studio.dark ? [228, 233, 240] : [31, 41, 51]);

    // Rows from the top: the values that are read, a map for each gate and state, attention; each with a line for its title.
    const rows = computed(() => {
      if (!shown.value) return [];
      const { values, maps, attention } = shown.value;
      return [
        ...(values ? [{ kind: "values", title: say("what_is_read"), share: 0.8 }] : []),
        ...maps.map((map) => ({ kind: "map", map, title: map.title, share: 1 })),
        ...(attention ? [{ kind: "attention", title: say("attention"), share: 1.2 }] : []),
      ];
    });
    // Answers that are words stand in a list; letters under what they answer.
    const listed = computed(() => !!shown.value?.aligned && [...shown.value.says, ...shown.value.steps].some((label) => label.length > 2));
    const tall = computed(() => rows.value.reduce((sum, row) => sum + row.share * LEAST + 1.5, 2.4));

    function lines(pen, row, x, top, high) {
      const { numbers, shape } = unpack(shown.value.values), [count, steps] = shape;
      const [low, most] = [Math.min(0, ...numbers), Math.max(1e-9, ...numbers)];
      const colours = classColours(palette, Math.max(2, count), studio.dark);
      for (let i = 0; i < count; i++) {
        pen.strokeStyle = css(colours[i]);
        pen.lineWidth = 1.6;
        pen.beginPath();
        for (let step = 0; step < steps; step++) {
          const y = top + high - 1 - ((numbers[i * steps + step] - low) / (most - low)) * (high - 3);
          pen.lineTo(x(step), y);
          pen.lineTo(x(step + 1), y);
        }
        pen.stroke();
      }
      pen.textAlign = "right";
      let right = box.left + box.w;
      for (let i = count - 1; i >= 0; i--) {
        pen.fillStyle = css(colours[i]);
        pen.fillText(shown.value.names[i], right, top - rem(0.68));
        right -= pen.measureText(shown.value.names[i]).width + rem(0.8);
      }
    }

    function labels(pen, x, y) {
      const { steps, says, right, aligned } = shown.value, wide = x(1) - x(0);
      const long = steps.some((label) => label.length > 2), every = Math.max(1, Math.ceil(rem(long ? 1.1 : 1.4) / wide));
      pen.fillStyle = ink();
      pen.textBaseline = "middle";
      steps.forEach((label, step) => {
        if (step % every) return;
        if (long && pen.measureText(label).width > wide * every - 3) {
          pen.save();
          pen.translate(x(step) + wide / 2, y + 3);
          pen.rotate(Math.PI / 5);
          pen.textAlign = "left";
          pen.fillText(label, 0, 4);
          pen.restore();
        } else {
          pen.textAlign = "center";
          pen.fillText(label, x(step) + wide / 2, y + rem(0.7));
        }
      });
      if (!aligned || listed.value) return;
      says.forEach((label, step) => {
        if (step % every) return;
        const wrong = label !== right[step];
        pen.fillStyle = wrong ? css(studio.dark ? [255, 157, 107] : [179, 64, 10]) : grey();
        pen.textAlign = "center";
        pen.fillText(wrong ? `${label}✗` : label, x(step) + wide / 2, y + rem(1.8), wide * every);
      });
    }

    const { canvas, redraw } = useCanvas((pen, width, height) => {
      if (!shown.value) return;
      const steps = shown.value.steps.length, long = shown.value.steps.some((label) => label.length > 2);
      const foot = rem(shown.value.aligned && !listed.value ? 2.6 : long ? 2.6 : 1.5), titles = rem(1.5) * rows.value.length;
      const unit = (height - foot - titles) / rows.value.reduce((sum, row) => sum + row.share, 0);
      const aside = shown.value.attention ? rem(4) : 0;
      box = { left: aside, w: width - aside, bands: [], steps };
      const x = (step) => box.left + (step / steps) * box.w;
      let top = 0;
      for (const row of rows.value) {
        pen.font = font(12);
        pen.textAlign = "left";
        pen.textBaseline = "middle";
        pen.fillStyle = grey();
        pen.fillText(row.title, box.left, top + rem(0.82), box.w);
        top += rem(1.5);
        const high = Math.max(2, row.share * unit);
        if (row.kind === "values") lines(pen, row, x, top, high);
        else {
          const packed = unpack(row.kind === "map" ? row.map.values : shown.value.attention);
          const table = lookup(row.kind === "map" && !row.map.gate ? "signed" : "share", studio.dark);
          paint(pen, { ...packed, shape: [1, ...packed.shape] }, 0, table, box.left, top, box.w, high);
          if (row.kind === "attention") {
            pen.textAlign = "right";
            pen.fillStyle = ink();
            const each = high / packed.shape[0];
            if (each > rem(0.6)) shown.value.says.forEach((label, i) => pen.fillText(label, box.left - 5, top + (i + 0.5) * each, aside - 8));
          }
        }
        pen.strokeStyle = rule();
        pen.lineWidth = 1;
        pen.strokeRect(box.left + 0.5, top - 0.5, box.w - 1, high + 1);
        box.bands.push({ row, top, high });
        top += high;
      }
      pen.font = font(12);
      labels(pen, x, top);
      if (at.value !== null) {
        pen.strokeStyle = ink();
        pen.lineWidth = 1;
        pen.strokeRect(x(at.value.step), box.bands[0].top, x(1) - x(0), top - box.bands[0].top);
      }
    });

    function point(event) {
      const edge = event.target.getBoundingClientRect(), [px, py] = [event.clientX - edge.left, event.clientY - edge.top];
      const step = Math.floor(((px - box.left) / box.w) * box.steps);
      if (!(step >= 0 && step < box.steps)) return leave();
      const band = box.bands.find((one) => py >= one.top && py < one.top + one.high);
      let text = `${say("step_number", { number: step + 1 })}: ${shown.value.steps[step]}`;
      if (shown.value.aligned) text += ` → ${shown.value.says[step] ?? ""}`;
      if (band?.row.kind === "map") {
        const { values, units, gate, reach } = band.row.map, packed = unpack(values), [count, steps] = packed.shape;
        const unit = Math.min(count - 1, Math.floor(((py - band.top) / band.high) * count));
        const byte = packed.numbers[unit * steps + step], value = gate ? byte / 255 : ((byte - 128) / 127) * reach;
        text += ` · ${say("unit_number", { number: units[unit] + 1 })} · ${short(Number(value.toPrecision(2)))}`;
      }
      at.value = { step, text, x: Math.min(px + 12, edge.width - rem(15)), y: Math.max(0, py - rem(2)) };
      redraw();
    }
    function leave() {
      at.value = null;
      redraw();
    }
    watch([shown, () => studio.dark], redraw);
    const written = computed(() => {
      const { says, right, steps, aligned } = shown.value || {};
      if (!says || (aligned && !listed.value)) return null;
      return right.map((right, i) => ({ read: aligned ? steps[i] : "", says: says[i], right, wrong: says[i] !== right }));
    });
    const numbers = computed(() => (shown.value?.value || []).map((value, i) => ({ name: shown.value.target[i], value: short(value), wanted: short(shown.value.wanted[i]) })));
    const units = computed(() => {
      const map = shown.value?.maps[0];
      return map && map.of > map.units.length ? say("units_of", { count: map.units.length, of: map.of }) : "";
    });
    return { studio, say, look, shown, canvas, at, point, leave, written, numbers, tall, units };
  },
  template: `
    <section class="inside" :aria-label="say('gates')">
      <template v-if="shown">
        <div class="seen">
          <Sampler :shown="shown" />
          <label v-if="shown.layers > 1" class="pick"><span class="fine">{{ say("layer") }}</span>
            <select id="gates-layer" :value="shown.layer" @change="look({ layer: Number($event.target.value) })">
              <option v-for="i in shown.layers" :key="i" :value="i - 1">{{ i }}</option></select></label>
          <Shares v-if="shown.shares" :shares="shown.shares" :truth="shown.truth" />
          <table v-if="numbers.length" class="numbers"><thead><tr><td></td><th scope="col">{{ say("answer") }}</th><th scope="col">{{ say("truth") }}</th></tr></thead>
            <tbody><tr v-for="one in numbers" :key="one.name"><th scope="row">{{ one.name }}</th><td id="answer">{{ one.value }}</td><td>{{ one.wanted }}</td></tr></tbody></table>
          <template v-if="written"><span class="fine">{{ say(shown.aligned ? "answered" : "written") }}</span>
            <ol class="written"><li v-for="(one, i) in written" :key="i"><template v-if="one.read">{{ one.read }} → </template><span :class="{ wrong: one.wrong }">{{ one.says }}<template v-if="one.wrong"> ✗ <small>({{ one.right }})</small></template></span></li></ol></template>
          <p v-if="shown.aligned && !written" class="fine">{{ say("below_answers") }}</p>
          <p class="fine">{{ units }}</p>
        </div>
        <div class="layers"><div class="drawn" :style="{ height: 'max(100%, ' + tall + 'rem)' }"><canvas ref="canvas" id="gates" role="img" :aria-label="say('gates')"
          @pointermove="point" @pointerleave="leave"></canvas>
          <span v-if="at" class="tip" :style="{ left: at.x + 'px', top: at.y + 'px' }">{{ at.text }}</span></div></div>
      </template>
    </section>`,
};
