// Points of one's own, set by class on the plane: a click sets one, dragging sprays, and each stroke becomes the data.
import { computed, inject, onMounted, ref, watch } from "vue";
import { paintAnswers } from "./answers.js";
import { unpack } from "./arrays.js";
import { font, rem, short, useCanvas } from "./canvas.js";
import { classColours, css, grey, ink, paper, rule } from "./colours.js";
import Icon from "./icons.js";

const MOST_CLASSES = 6, MOST = 1000, LEAST = 4, NAMES = "ABCDEF";
const SPRAY = 0.05, APART = 0.035, RUBBER = 0.08, STEP = 0.05;
const TICKS = [-1, -0.5, 0, 0.5, 1];

export default {
  components: { Icon },
  setup() {
    const studio = inject("studio"), say = inject("say"), ask = inject("ask"), look = inject("look"), palette = inject("palette");
    const points = ref([]), before = ref([]), tool = ref(0), count = ref(2), cursor = ref(null);
    const grid = document.createElement("canvas");
    let box = null, last = null, stroke = false;

    const colours = computed(() => classColours(palette, MOST_CLASSES, studio.dark));
    const counts = computed(() => NAMES.split("").map((_name, k) => points.value.filter((point) => point[2] === k).length));
    const full = computed(() => points.value.length >= MOST);
    const enough = computed(() => counts.value.filter((number) => number >= LEAST).length > 1 && counts.value.every((number) => !number || number >= LEAST));

    // ------------------------------------------------------------------ what is drawn
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      const [over, aside, under] = [rem(0.7), rem(2.5), rem(1.6)];
      const size = Math.min(width - aside - over, height - over - under);
      const [left, top] = [aside + (width - aside - over - size) / 2, over + (height - over - under - size) / 2];
      box = { left, top, size };
      pen.fillStyle = css(paper(studio.dark));
      pen.fillRect(left, top, size, size);
      const surface = studio.state?.recipe.drawn && studio.frame?.scene.surface;
      if (surface?.classes) {
        paintAnswers(grid, surface, colours.value, studio.dark);
        pen.imageSmoothingQuality = "high";
        pen.drawImage(grid, left, top, size, size);
      }
      axes(pen);
      for (const point of points.value) dot(pen, point);
      if (cursor.value && document.activeElement === canvas.value) cross(pen);
    });
    const across = (x) => box.left + ((x + 1) / 2) * box.size;
    const down = (y) => box.top + ((1 - y) / 2) * box.size;

    function axes(pen) {
      pen.strokeStyle = rule(studio.dark);
      pen.strokeRect(box.left - 0.5, box.top - 0.5, box.size + 1, box.size + 1);
      pen.fillStyle = grey(studio.dark);
      pen.font = font(12);
      for (const tick of TICKS) {
        pen.textAlign = "center";
        pen.textBaseline = "top";
        pen.fillText(short(tick), across(tick), box.top + box.size + 6);
        pen.textAlign = "right";
        pen.textBaseline = "middle";
        pen.fillText(short(tick), box.left - 6, down(tick));
      }
    }

    function dot(pen, [x, y, k]) {
      pen.beginPath();
      pen.arc(across(x), down(y), Math.max(3, box.size / 90), 0, 7);
      pen.fillStyle = css(colours.value[k]);
      pen.fill();
      pen.strokeStyle = css(paper(studio.dark));
      pen.lineWidth = 1;
      pen.stroke();
    }

    function cross(pen) {
      const [x, y, arm] = [across(cursor.value[0]), down(cursor.value[1]), rem(0.7)];
      pen.strokeStyle = tool.value === "erase" ? ink(studio.dark) : css(colours.value[tool.value]);
      pen.lineWidth = 2;
      pen.beginPath();
      pen.moveTo(x - arm, y);
      pen.lineTo(x + arm, y);
      pen.moveTo(x, y - arm);
      pen.lineTo(x, y + arm);
      pen.stroke();
    }

    // ------------------------------------------------------------------ what a person does
    const within = (value) => Math.max(-1, Math.min(1, value));
    const rounded = (value) => Math.round(within(value) * 1000) / 1000;

    function place(event) {
      const frame = canvas.value.getBoundingClientRect();
      const x = ((event.clientX - frame.left - box.left) / box.size) * 2 - 1;
      const y = 1 - ((event.clientY - frame.top - box.top) / box.size) * 2;
      return Math.abs(x) <= 1.02 && Math.abs(y) <= 1.02 ? [within(x), within(y)] : null;
    }
    function mark([x, y], spread = 0) {
      if (tool.value === "erase") {
        points.value = points.value.filter((point) => Math.hypot(point[0] - x, point[1] - y) > RUBBER);
      } else if (!full.value) {
        const [angle, far] = [Math.random() * 2 * Math.PI, spread * Math.sqrt(-2 * Math.log(1 - Math.random()))];
        points.value = [...points.value, [rounded(x + far * Math.cos(angle)), rounded(y + far * Math.sin(angle)), tool.value]];
      }
      redraw();
    }
    function remember() {
      before.value = [...before.value.slice(-49), points.value];
    }
    function begin(event) {
      const at = box && place(event);
      if (!at || event.button) return;
      canvas.value.setPointerCapture(event.pointerId);
      remember();
      stroke = true;
      cursor.value = null;
      last = at;
      mark(at);
    }
    function drag(event) {
      const at = stroke && place(event);
      if (!at || Math.hypot(at[0] - last[0], at[1] - last[1]) < APART) return;
      last = at;
      mark(at, SPRAY);
    }
    function end() {
      if (stroke) send();
      stroke = false;
    }
    // Classes without a point give way, so that their names go on from A.
    function send() {
      const present = counts.value.map((number, k) => (number ? k : -1)).filter((k) => k >= 0);
      if (present.some((k, i) => k !== i)) {
        points.value = points.value.map(([x, y, k]) => [x, y, present.indexOf(k)]);
        if (tool.value !== "erase") tool.value = Math.max(0, present.indexOf(tool.value));
      }
      if (enough.value) ask("points", { points: points.value });
      redraw();
    }
    function undo() {
      if (!before.value.length) return;
      points.value = before.value.at(-1);
      before.value = before.value.slice(0, -1);
      send();
    }
    function clear() {
      remember();
      points.value = [];
      redraw();
    }
    function addClass() {
      count.value = Math.min(MOST_CLASSES, count.value + 1);
      tool.value = count.value - 1;
    }
    const MOVES = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
    function key(event) {
      const step = MOVES[event.key], number = Number(event.key) - 1;
      if (step) cursor.value = (cursor.value || [0, 0]).map((value, i) => within(value + step[i]));
      else if (event.key === " " || event.key === "Enter") {
        cursor.value ||= [0, 0];
        remember();
        mark(cursor.value);
        send();
      } else if (number >= 0 && number < count.value) tool.value = number;
      else if (event.key === "Delete" || event.key === "Backspace") tool.value = "erase";
      else if ((event.ctrlKey || event.metaKey) && event.key === "z") undo();
      else return;
      event.preventDefault();
      event.stopPropagation();
      redraw();
    }

    function take() {
      const drawn = studio.state?.recipe.drawn;
      if (!drawn || stroke) return;
      const { numbers } = unpack(drawn.points);
      points.value = Array.from({ length: numbers.length / 3 }, (_, i) => [rounded(numbers[3 * i]), rounded(numbers[3 * i + 1]), numbers[3 * i + 2]]);
      count.value = Math.max(count.value, ...points.value.map((point) => point[2] + 1));
    }
    onMounted(take);
    // Behind the points stands what the net answers, whatever was in sight before.
    watch(() => studio.state?.recipe.drawn && studio.state.scene.views.includes("surface") && studio.inSight, (inSight) => {
      if (inSight && inSight !== "surface") look({ view: "surface" });
    }, { immediate: true });
    watch([() => studio.frame, () => studio.dark, tool], redraw);
    const swatches = computed(() => Array.from({ length: count.value }, (_, k) => ({ k, name: NAMES[k], count: counts.value[k], colour: css(colours.value[k]) })));
    const hint = computed(() => {
      if (full.value) return say("points_full", { most: MOST });
      return enough.value ? say("points_ready", { count: points.value.length }) : say("points_few", { least: LEAST });
    });
    return { studio, say, canvas, tool, points, before, swatches, count, hint, begin, drag, end, undo, clear, addClass, key, redraw, MOST_CLASSES };
  },
  template: `
    <section class="view draw" :aria-label="say('points')">
      <div class="brushes" role="toolbar" :aria-label="say('points')">
        <div><button v-for="one in swatches" :key="one.k" class="brush" :id="'class-' + one.name" :aria-pressed="tool === one.k"
          :aria-label="say('points_class', { name: one.name, count: one.count })" @click="tool = one.k">
          <i :style="{ background: one.colour }"></i>{{ one.name }}</button>
        <button class="brush" id="add-class" :disabled="count >= MOST_CLASSES" :aria-label="say('points_add')" :data-help="say('points_add')" @click="addClass"><Icon name="plus" /></button></div>
        <div class="tools"><button class="brush" id="erase" :aria-pressed="tool === 'erase'" @click="tool = 'erase'">{{ say("erase") }}</button>
        <button class="brush" id="undo" :disabled="!before.length" :aria-label="say('undo')" :title="say('undo')" @click="undo"><Icon name="undo" /></button>
        <button class="brush" id="clear" :disabled="!points.length" @click="clear">{{ say("clear") }}</button>
        <button class="text strong" id="points-done" @click="studio.drawing = false">{{ say("points_done") }}</button></div>
      </div>
      <canvas ref="canvas" id="draw" tabindex="0" role="application" :aria-label="say('points_keys')" :data-help="say('points_keys')"
        @pointerdown="begin" @pointermove="drag" @pointerup="end" @pointercancel="end" @keydown="key" @focus="redraw" @blur="redraw"></canvas>
      <p class="fine" role="status">{{ hint }}</p>
    </section>`,
};
