// The latent plane: samples as points, and a point to hold, which is decoded while it is dragged.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { parts } from "./breaks.js";
import { font, numbered, rem, short, ticks, useCanvas } from "./canvas.js";
import { classColours, css, grey, ink, legible, paper, rule } from "./colours.js";
import { spoken, useDescription } from "./described.js";
import { lookup, paint } from "./tiles.js";

const STEP = 1 / 40;

export default {
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look"), palette = inject("palette");
    const shown = computed(() => studio.frame?.scene.latent);
    const about = computed(() => studio.state?.scene.about.latent);
    const names = computed(() => (about.value?.classes ? studio.state.scene.classes : []));
    const colours = computed(() => classColours(palette, Math.max(2, names.value.length), studio.dark));
    const letters = computed(() => colours.value.map((colour) => css(legible(colour, studio.dark))));
    const held = ref(null);
    let box = null, dragging = false;

    const marks = (low, high, room) => ticks(low, high, Math.max(5, room / rem(5)));
    // Numbers beside the plane have the room that they take, and the name of the axis its own.
    function frame(pen, width, height) {
      const { low, high } = shown.value, under = rem(2.6);
      pen.font = font(12);
      const aside = rem(1.75) + Math.max(...numbered(marks(low[1], high[1], height - under)).map(([, text]) => pen.measureText(text).width));
      const [w, h] = [width - aside - 6, height - under - 6];
      return {
        left: aside, top: 6, w, h,
        x: (value) => aside + ((value - low[0]) / (high[0] - low[0])) * w,
        y: (value) => 6 + h - ((value - low[1]) / (high[1] - low[1])) * h,
        at: (x, y) => [low[0] + ((x - aside) / w) * (high[0] - low[0]), low[1] + ((6 + h - y) / h) * (high[1] - low[1])],
      };
    }

    function axes(pen) {
      const { low, high, axes: names } = shown.value;
      pen.fillStyle = grey(studio.dark);
      pen.font = font(12);
      pen.textAlign = "center";
      pen.textBaseline = "top";
      for (const [tick, text] of numbered(ticks(low[0], high[0], Math.max(5, box.w / rem(6))))) {
        const half = pen.measureText(text).width / 2; // no number goes beyond the plane
        pen.fillText(text, Math.min(box.x(tick), box.left + box.w - half), box.top + box.h + 5);
      }
      pen.fillText(names[0], box.left + box.w / 2, box.top + box.h + rem(1.25), box.w);
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      for (const [tick, text] of numbered(marks(low[1], high[1], box.h))) pen.fillText(text, box.left - 5, box.y(tick));
      pen.save();
      pen.translate(rem(0.7), box.top + box.h / 2);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = "center";
      pen.fillText(names[1], 0, 0, box.h);
      pen.restore();
      pen.strokeStyle = rule(studio.dark);
      pen.strokeRect(box.left - 0.5, box.top - 0.5, box.w + 1, box.h + 1);
    }

    function background(pen) {
      const grid = unpack(shown.value.grid), side = Math.sqrt(grid.shape[0]), table = lookup("ink", studio.dark);
      const [w, h] = [box.w / side, box.h / side], size = Math.min(w, h);
      pen.globalAlpha = 0.85;
      for (let i = 0; i < grid.shape[0]; i++) {
        const [column, row] = [i % side, Math.floor(i / side)];
        paint(pen, grid, i, table, box.left + column * w + (w - size) / 2, box.top + (side - 1 - row) * h + (h - size) / 2, size, size);
      }
      pen.globalAlpha = 1;
    }

    const plane = useCanvas((pen, width, height) => {
      if (!shown.value) return;
      box = frame(pen, width, height);
      axes(pen);
      pen.save();
      pen.beginPath();
      pen.rect(box.left, box.top, box.w, box.h);
      pen.clip();
      if (shown.value.grid) background(pen);
      const places = unpack(shown.value.places).numbers, classes = about.value.classes;
      const size = rem(places.length > 400 ? 0.19 : 0.3), lettered = classes && names.value.every((name) => name.length < 3); // told apart without colours
      pen.font = `bold ${font(10.5)}`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      for (let i = 0; i < places.length / 2; i++) {
        if (shown.value.grid) { // a ground of its own, before pictures
          pen.fillStyle = css(paper(studio.dark), 0.8);
          pen.beginPath();
          pen.arc(box.x(places[2 * i]), box.y(places[2 * i + 1]), rem(0.42), 0, 7);
          pen.fill();
        }
        pen.fillStyle = css(classes ? colours.value[classes[i]] : colours.value[0], 0.85);
        if (lettered) {
          pen.fillStyle = letters.value[classes[i]];
          pen.fillText(names.value[classes[i]], box.x(places[2 * i]), box.y(places[2 * i + 1]));
          continue;
        }
        pen.beginPath();
        pen.arc(box.x(places[2 * i]), box.y(places[2 * i + 1]), size, 0, 7);
        pen.fill();
        pen.lineWidth = 0.6;
        pen.strokeStyle = css(paper(studio.dark));
        pen.stroke();
      }
      const [x, y] = (held.value || shown.value.at).map((value, i) => (i ? box.y(value) : box.x(value)));
      const [near_x, near_y] = [places[2 * shown.value.nearest], places[2 * shown.value.nearest + 1]];
      pen.lineWidth = 2;
      pen.strokeStyle = ink(studio.dark);
      pen.beginPath();
      pen.arc(box.x(near_x), box.y(near_y), 2 * size, 0, 7);
      pen.stroke();
      for (const [colour, thick] of [[css(paper(studio.dark)), 6], [ink(studio.dark), 2.5]]) {
        pen.strokeStyle = colour;
        pen.lineWidth = thick;
        pen.beginPath();
        pen.arc(x, y, rem(0.6), 0, 7);
        pen.moveTo(x - rem(1), y);
        pen.lineTo(x - rem(0.25), y);
        pen.moveTo(x + rem(0.25), y);
        pen.lineTo(x + rem(1), y);
        pen.moveTo(x, y - rem(1));
        pen.lineTo(x, y - rem(0.25));
        pen.moveTo(x, y + rem(0.25));
        pen.lineTo(x, y + rem(1));
        pen.stroke();
      }
      pen.restore();
    });

    const whole = (name) => useCanvas((pen, width, height) => {
      if (!shown.value?.[name]) return;
      paint(pen, unpack(shown.value[name]), 0, lookup("ink", studio.dark), 0, 0, width, height);
    });
    const decoded = whole("decoded"), sample = whole("sample");

    function hold(at) {
      held.value = at;
      plane.redraw();
      look({ at });
    }
    function place(event) {
      const edge = event.target.getBoundingClientRect();
      hold(box.at(event.clientX - edge.left, event.clientY - edge.top));
    }
    function begin(event) {
      dragging = true;
      event.target.setPointerCapture?.(event.pointerId);
      place(event);
    }
    function end() {
      dragging = false;
    }
    function key(event) {
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!by || !shown.value) return;
      event.preventDefault();
      event.stopPropagation();
      const { low, high } = shown.value;
      hold((held.value || shown.value.at).map((value, i) => value + by[i] * STEP * (high[i] - low[i])));
    }
    const pair = computed(() => shown.value?.pair);
    function span(axis, event) {
      const number = Number(event.target.value);
      held.value = null;
      if (number < 0) return look({ pair: null });
      const before = pair.value || [0, 1];
      const other = before[1 - axis] === number ? before[axis] : before[1 - axis];
      look({ pair: axis ? [other, number] : [number, other] });
    }
    const numbers = computed(() => Array.from({ length: about.value?.width || 0 }, (_, i) => i));
    const nearest = computed(() => about.value?.classes && names.value[about.value.classes[shown.value.nearest]]);
    const described = useDescription(() => {
      if (!shown.value) return "";
      const { low, high, axes, at, nearest: near, places } = shown.value, { numbers: all } = unpack(places), sides = { across: axes[0], upwards: axes[1] };
      const ends = { left: spoken(low[0]), right: spoken(high[0]), low: spoken(low[1]), high: spoken(high[1]) };
      const cross = { x: spoken(at[0]), y: spoken(at[1]), across: spoken(all[2 * near]), upwards: spoken(all[2 * near + 1]) };
      const named = nearest.value ? ` ${say("true_class")}: ${nearest.value}.` : "";
      return `${say("latent_says", { count: all.length / 2, ...sides, ...ends })} ${say("cross_says", cross)}${named}`;
    });
    const legend = computed(() => names.value.map((name, i) => ({ name, colour: css(colours.value[i]) })));
    watch([shown, () => studio.dark], () => {
      if (!dragging && !studio.sought) held.value = null; // where it is held, until the session has it
      [plane, decoded, sample].forEach((one) => one.redraw());
    });
    return {
      studio, say, look, shown, about, legend, described, numbers, pair, span, nearest, plane: plane.canvas, decoded: decoded.canvas, sample: sample.canvas,
      begin, go: (event) => dragging && place(event), end, key, short, parts,
      scroll: (event) => event.target.scrollIntoView?.({ block: "nearest" }),
    };
  },
  template: `
    <section class="plane" :class="{ tabular: shown?.row }" :aria-label="say('latent')">
      <div class="chart"><canvas ref="plane" id="latent" tabindex="0" role="application" :aria-label="say('latent_keys')" aria-describedby="latent-says" :data-help="say('latent_keys')"
        @pointerdown.prevent="begin($event); $event.target.focus()" @pointermove="go" @pointerup="end" @pointercancel="end" @keydown="key"></canvas>
        <p id="latent-says" class="unseen" role="status">{{ described }}</p>
        <ul class="legend" v-if="legend.some((one) => one.name.length > 2)"><li v-for="one in legend" :key="one.name"><i :style="{ background: one.colour }"></i>{{ one.name }}</li></ul></div>
      <div class="held" v-if="shown">
        <div v-if="shown.decoded" class="two"><figure><canvas ref="decoded" id="decoded" role="img" :aria-label="say('decoded')"></canvas><figcaption>{{ say("decoded") }}</figcaption></figure>
        <figure v-if="shown.sample"><canvas ref="sample" id="nearest" role="img" :aria-label="say('nearest')"></canvas>
          <figcaption>{{ say("nearest") }}<template v-if="nearest">: {{ nearest }}</template></figcaption></figure></div>
        <template v-if="about.width > 2">
          <label v-for="axis in [0, 1]" :key="axis"><span class="fine">{{ say(axis ? "upwards" : "across") }}</span>
            <select :value="pair ? pair[axis] : -1" :id="'axis-' + axis" @change="span(axis, $event)">
              <option value="-1">{{ say("component") }} {{ axis + 1 }}</option>
              <option v-for="i in numbers" :key="i" :value="i">{{ say("latent_number", { number: i + 1 }) }}</option></select></label>
          <p class="fine">{{ say(pair ? "others_at_mean" : "components_at_mean", { count: about.width }) }}</p></template>
        <div v-if="shown.row" class="decoded-row" tabindex="0" role="region" :aria-label="say('decoded')"><table id="decoded-row">
          <thead><tr><td></td><th scope="col">{{ say("decoded") }}</th><th scope="col">{{ say("nearest") }}</th></tr></thead>
          <tbody><tr v-if="nearest"><th scope="row">{{ studio.state.scene.target }}</th><td></td><td :title="nearest">{{ nearest }}</td></tr>
            <tr v-for="(name, i) in about.columns" :key="name"><th scope="row" :title="name"><template v-for="(part, k) in parts(name)" :key="k">{{ part }}<wbr /></template></th><td :title="shown.row[0][i]">{{ shown.row[0][i] }}</td><td :title="shown.row[1][i]">{{ shown.row[1][i] }}</td></tr></tbody></table></div>
        <label v-if="shown.decoded" class="tick"><input type="checkbox" id="latent-grid" :checked="!!shown.grid" @change="look({ grid: $event.target.checked })" /> {{ say("show_grid") }}</label>
      </div>
    </section>`,
};
