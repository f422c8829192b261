// Rows of a table before and after an autoencoder: one feature by feature, many as maps.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { parts } from "./breaks.js";
import { font, rem, short, useCanvas } from "./canvas.js";
import { grey, ink, rule } from "./colours.js";
import { digits } from "./figures.js";
import { mean, spoken, useDescription } from "./described.js";
import Sampler from "./sampler.js";
import { lookup, paint } from "./tiles.js";

const MAPS = ["before", "after", "error"];

export default {
  components: { Sampler },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look");
    const shown = computed(() => studio.frame?.scene.rows);
    const tip = ref(null);
    let box = null;
    // A title that has no room in one line stands in several.
    function broken(pen, title, room) {
      return title.split(" ").reduce((lines, word) => {
        const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
        return lines.length && pen.measureText(longer).width <= room ? lines.with(-1, longer) : [...lines, word];
      }, []);
    }
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      if (!shown.value) return;
      pen.font = font(12);
      const gap = rem(0.7), each = (width - 2 * gap) / 3, titles = MAPS.map((name) => broken(pen, say(`rows_${name}`), each));
      const lines = Math.max(...titles.map((title) => title.length)), top = rem(0.4 + 1.1 * lines), h = height - top - 2;
      const count = shown.value.rows.length, table = lookup("signed", studio.dark);
      box = { gap, top, each, h, count };
      pen.textBaseline = "middle";
      MAPS.forEach((name, i) => {
        const left = i * (each + gap);
        pen.fillStyle = grey(studio.dark);
        pen.textAlign = "left";
        titles[i].forEach((line, k) => pen.fillText(line, left, top - rem(0.8 + 1.1 * (titles[i].length - 1 - k)), each));
        const packed = unpack(shown.value.maps[name]);
        paint(pen, { ...packed, shape: [1, ...packed.shape] }, 0, table, left, top, each, h);
        pen.strokeStyle = rule(studio.dark);
        pen.lineWidth = 1;
        pen.strokeRect(left + 0.5, top - 0.5, each - 1, h + 1);
        if (shown.value.place === null) return;
        pen.strokeStyle = ink(studio.dark);
        pen.lineWidth = 1.5;
        pen.strokeRect(left + 0.5, top + (shown.value.place / count) * h - 1, each - 1, Math.max(3, h / count) + 2);
      });
    });
    function at(event) {
      const edge = event.target.getBoundingClientRect(), [x, y] = [event.clientX - edge.left, event.clientY - edge.top];
      const row = Math.floor(((y - box.top) / box.h) * box.count), map = Math.floor(x / (box.each + box.gap));
      const features = shown.value.features, column = Math.floor(((x - map * (box.each + box.gap)) / box.each) * features.length);
      if (row < 0 || row >= box.count || map > 2 || column >= features.length) return null;
      return { row, map, column, x, y, wide: edge.width };
    }
    function point(event) {
      const found = box && at(event);
      if (!found) return (tip.value = null);
      const packed = unpack(shown.value.maps[MAPS[found.map]]), byte = packed.numbers[found.row * packed.shape[1] + found.column];
      const value = short(Number((((byte - 128) / 127) * shown.value.reach).toPrecision(2)));
      const text = `${say("row_number", { number: shown.value.rows[found.row] + 1 })} · ${shown.value.features[found.column].name} · ${value}`;
      tip.value = { text, x: Math.max(0, Math.min(found.x + 12, found.wide - rem(16))), y: Math.max(0, found.y - rem(2)) };
    }
    function choose(event) {
      const found = box && at(event);
      if (found) look({ sample: shown.value.rows[found.row] });
    }
    const most = computed(() => Math.max(1, ...shown.value.features.map((one) => Math.abs(one.error))));
    const more = computed(() => (shown.value.of > shown.value.features.length ? say("first_of", { count: shown.value.features.length }) : ""));
    const sign = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + short(Number(Math.abs(value).toPrecision(2)));
    const described = useDescription(() => {
      if (!shown.value) return "";
      const each = shown.value.features, worst = each.reduce((most, one) => (one.rmse > most.rmse ? one : most));
      return `${say("rows")}. ${say("rows_say", { mean: spoken(mean(each.map((one) => one.rmse))), name: worst.name, most: spoken(worst.rmse) })}`;
    });
    watch([shown, () => studio.dark], redraw);
    return { studio, say, shown, described, canvas, tip, point, choose, most, more, sign, digits, parts, short };
  },
  template: `
    <section class="rows-back" :aria-label="say('rows')">
      <template v-if="shown">
        <div class="row"><Sampler :shown="shown" /><span class="fine">{{ more }}</span></div>
        <div class="both">
          <div class="layers" tabindex="0" role="group" :aria-label="say('this_sample')"><table class="features-back" id="rows-table">
            <thead><tr><td></td><th scope="col">{{ say("value") }}</th><th scope="col">{{ say("rows_after") }}</th><th scope="col" :data-help="say('error_help')">{{ say("error") }}</th><th scope="col" :data-help="say('rmse_help')">{{ say("rmse_of_all") }}</th></tr></thead>
            <tbody><tr v-for="one in shown.features" :key="one.name"><th scope="row" :title="one.name"><template v-for="(part, k) in parts(one.name)" :key="k">{{ part }}<wbr /></template></th><td>{{ digits(one.value, 4) }}</td><td>{{ digits(one.back, 4) }}</td>
              <td class="sided"><span class="meter"><i :class="{ less: one.error < 0 }" :style="{ width: 50 * Math.abs(one.error) / most + '%' }"></i></span><small>{{ sign(one.error) }}</small></td>
              <td>{{ short(Number(one.rmse.toPrecision(2))) }}</td></tr></tbody></table></div>
          <div class="plot"><canvas ref="canvas" id="rows" role="img" :aria-label="described" @pointermove="point" @pointerleave="tip = null" @click="choose"></canvas>
            <span v-if="tip" class="tip" :style="{ left: tip.x + 'px', top: tip.y + 'px' }">{{ tip.text }}</span></div></div>
        <p class="fine under">{{ say("rows_note", { count: shown.rows.length, reach: shown.reach }) }}</p>
      </template>
    </section>`,
};
