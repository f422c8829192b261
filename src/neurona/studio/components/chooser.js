// Which sample a training step is walked on: a point of the plane, a picture, a row of a table or a text, to be clicked on.
import { computed, inject, onMounted, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { rem, useCanvas } from "./canvas.js";
import { classColours, css, grey, ink, mix, paper, ramp, rule } from "./colours.js";
import { whole } from "./figures.js";
import Icon from "./icons.js";
import { lookup, paint } from "./tiles.js";

const THUMB = 64;

// The samples as points; the one that is walked has a ring, and those of the batch stand out.
const Plane = {
  setup() {
    const studio = inject("studio"), say = inject("say"), ask = inject("ask"), palette = inject("palette");
    const told = computed(() => studio.walk), scene = computed(() => studio.state.scene);
    const numbers = (packed) => (packed.data ? unpack(packed).numbers : packed.numbers);
    let box = null;
    const all = computed(() => {
      const split = scene.value.points.splits[told.value.split] || scene.value.points.splits.train;
      return { x: numbers(split.x), y: numbers(split.y) };
    });
    const batch = computed(() => (told.value.batch ? numbers(told.value.points) : null));
    // Where the points of a curve lie is their number and their value.
    const ends = computed(() => {
      const { low, high, range } = scene.value.points;
      return low.length > 1 ? { low, high } : { low: [low[0], range[0]], high: [high[0], range[1]] };
    });
    const across = (value) => box.left + ((value - ends.value.low[0]) / (ends.value.high[0] - ends.value.low[0])) * box.w;
    const down = (value) => box.top + box.h - ((value - ends.value.low[1]) / (ends.value.high[1] - ends.value.low[1])) * box.h;
    const isCurve = computed(() => scene.value.points.low.length === 1);
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      const edge = rem(0.5), size = Math.min(width, height) - 2 * edge;
      box = { left: (width - size) / 2, top: (height - size) / 2, w: size, h: size };
      const classes = scene.value.classes.length, range = scene.value.points.range;
      const colours = classColours(palette, Math.max(2, classes), studio.dark);
      const colour = (y) => (classes ? colours[y] : mix(paper(studio.dark), ramp((y - range[0]) / (range[1] - range[0] || 1), studio.dark), 1));
      pen.lineWidth = 1;
      pen.strokeStyle = rule(studio.dark);
      pen.strokeRect(box.left - edge / 2, box.top - edge / 2, size + edge, size + edge);
      const { x, y } = all.value;
      const dot = (at, up, radius) => {
        pen.beginPath();
        pen.arc(across(at), down(up), radius, 0, 7);
      };
      pen.globalAlpha = batch.value ? 0.28 : 0.9;
      pen.strokeStyle = grey(studio.dark);
      for (let i = 0; i < y.length; i++) {
        pen.fillStyle = css(colour(y[i]));
        if (isCurve.value) dot(x[i], y[i], rem(0.16));
        else dot(x[2 * i], x[2 * i + 1], rem(0.16));
        pen.fill();
        if (!classes) pen.stroke(); // a value in the middle has the colour of the ground
      }
      pen.globalAlpha = 1;
      pen.strokeStyle = pen.fillStyle = ink(studio.dark);
      for (let i = 0; batch.value && i < batch.value.length; i += 2) {
        dot(batch.value[i], batch.value[i + 1], rem(0.19));
        pen.fill();
      }
      pen.lineWidth = 2;
      dot(told.value.point[0], told.value.point[1], rem(0.5));
      pen.stroke();
    });
    function choose(event) {
      const frame = canvas.value.getBoundingClientRect(), { low, high } = ends.value;
      const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
      if (batch.value) {
        const far = (k) => Math.hypot(across(batch.value[2 * k]) - x, down(batch.value[2 * k + 1]) - y);
        const nearest = told.value.batch.map((_row, k) => k).reduce((best, k) => (far(k) < far(best) ? k : best), 0);
        ask("walk", { batch: true, sample: told.value.batch[nearest] });
        return;
      }
      const at = [low[0] + ((x - box.left) / box.w) * (high[0] - low[0]), low[1] + (1 - (y - box.top) / box.h) * (high[1] - low[1])];
      ask("walk", { split: told.value.split, at });
    }
    watch([told, () => studio.dark], redraw);
    return { canvas, say, choose };
  },
  template: `<canvas ref="canvas" id="choose-plane" class="map" role="img" :aria-label="say('choose_plane')" :title="say('choose_plane')" @click="choose"></canvas>`,
};

// One picture as a thumbnail.
const Thumb = {
  props: { pictures: Object, place: Number },
  setup(props) {
    const studio = inject("studio"), canvas = ref(null);
    const draw = () => canvas.value && paint(canvas.value.getContext("2d"), props.pictures, props.place, lookup("ink", studio.dark), 0, 0, THUMB, THUMB);
    onMounted(draw);
    watch([() => props.pictures, () => studio.dark], draw);
    return { canvas, THUMB };
  },
  template: `<canvas ref="canvas" :width="THUMB" :height="THUMB" aria-hidden="true"></canvas>`,
};

export default {
  components: { Icon, Plane, Thumb },
  setup() {
    const studio = inject("studio"), say = inject("say"), ask = inject("ask"), list = ref(null);
    const told = computed(() => studio.walk), begun = ref(0), kept = ref(-1);
    const inPlane = computed(() => !!told.value.point && !!studio.state.scene.points);
    const shown = computed(() => (studio.samples?.split === told.value.split && !inPlane.value ? studio.samples : null));
    const pictures = computed(() => (shown.value?.pictures ? unpack(shown.value.pictures) : null));
    const classes = computed(() => (told.value.batch || !shown.value?.labels.length || !studio.state.scene.classes.includes(shown.value.labels[0]) ? [] : studio.state.scene.classes));
    const place = computed(() => shown.value && say("choose_place", { from: shown.value.from + 1, to: shown.value.from + shown.value.rows.length, of: whole(shown.value.of) }));
    function load() {
      if (inPlane.value) return;
      const which = told.value.batch ? { rows: told.value.batch } : kept.value >= 0 ? { class: kept.value } : {};
      ask("samples", { split: told.value.split, from: begun.value, ...which });
    }
    function turn(by) {
      begun.value = Math.max(0, begun.value + by * 60);
      load();
    }
    function keep(event) {
      [kept.value, begun.value] = [Number(event.target.value), 0];
      load();
    }
    function choose(row) {
      ask("walk", { sample: row, split: told.value.split, batch: !!told.value.batch });
    }
    // A list begins with the page that the sample is on.
    onMounted(() => {
      begun.value = told.value.batch ? 0 : 60 * Math.floor(told.value.sample / 60);
      load();
    });
    watch([() => told.value.split, () => JSON.stringify(told.value.batch)], () => {
      [begun.value, kept.value] = [0, -1];
      load();
    });
    watch([shown, told], () => setTimeout(() => list.value?.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest" })));
    return { studio, say, told, inPlane, shown, pictures, classes, kept, place, list, turn, keep, choose };
  },
  template: `
    <aside class="choose" :aria-label="say('walk_sample')">
      <Plane v-if="inPlane" />
      <template v-else-if="shown">
        <select v-if="classes.length" id="choose-class" :value="kept" :aria-label="say('of_class')" @change="keep">
          <option value="-1">{{ say("all") }}</option><option v-for="(name, i) in classes" :key="name" :value="i">{{ name }}</option></select>
        <div ref="list" :class="pictures ? 'thumbs' : 'rows'" tabindex="-1">
          <button v-for="(row, i) in shown.rows" :key="row" :id="'choose-' + row" :aria-pressed="row === told.sample" :title="say('choose_one', { number: row, label: shown.labels[i] })"
            :aria-label="say('choose_one', { number: row, label: shown.labels[i] })" @click="choose(row)">
            <Thumb v-if="pictures" :pictures="pictures" :place="i" />
            <template v-else><b>{{ shown.labels[i] || row }}</b><span v-for="(cell, k) in shown.cells?.[i]" :key="k">{{ shown.columns.length > 1 ? shown.columns[k] + " " : "" }}{{ cell }}</span></template></button></div>
        <div class="turn"><button class="round" id="choose-before" :disabled="shown.from === 0" :aria-label="say('choose_before')" @click="turn(-1)"><Icon name="back" /></button>
          <span class="fine">{{ place }}</span>
          <button class="round" id="choose-after" :disabled="shown.from + shown.rows.length >= shown.of" :aria-label="say('choose_after')" @click="turn(1)"><Icon name="on" /></button></div>
      </template>
    </aside>`,
};
