// What is held while a sequence is read or written: maps of units over its steps, what is read, and where a decoder looks.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { font, rem, short, useCanvas } from "./canvas.js";
import { classColours, css, grey, ink, rule, warn } from "./colours.js";
import { mean, spoken, useDescription } from "./described.js";
import { lookup, paint } from "./tiles.js";

// In rem: the least of a map, its title, a step that has room for any word; what stands below the maps, aslant or not.
const LEAST = 1.85, TITLE = 1.5, WORD = 6, FEET = { aslant: 3.5, two: 2.6, one: 1.5 }, SLANT = Math.PI / 5;

export default {
  // shown: steps (labels), maps, values and names if numbers are read; says and right with aligned where each step has an
  // answer; wrong marks labels. looking: {title, labels, numbers, shape}, or with grid: a small picture for each step.
  props: { shown: Object, looking: Object, name: String, label: String },
  setup(props) {
    const studio = inject("studio"), say = inject("say"), palette = inject("palette");
    const at = ref(null);
    let box = null;

    // Rows from the top, each with a line for its title.
    const rows = computed(() => {
      const { values, maps } = props.shown, { looking } = props;
      return [
        ...(values ? [{ kind: "values", title: say("what_is_read"), share: 0.8 }] : []),
        ...(looking ? [{ kind: looking.grid ? "places" : "looking", title: looking.title, share: looking.grid ? 1.4 : 1.2 }] : []),
        ...maps.map((map) => ({ kind: "map", map, title: map.title, share: 1 })),
      ];
    });
    const tall = computed(() => rows.value.reduce((sum, row) => sum + row.share * LEAST + TITLE, FEET.aslant));
    // Answers that are words stand in a list; letters under what they answer.
    const below = computed(() => !!props.shown.aligned && [...props.shown.says, ...props.shown.steps].every((label) => label.length <= 2));

    function lines(pen, x, top, high) {
      const { numbers, shape } = unpack(props.shown.values), [count, steps] = shape;
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
        pen.fillStyle = ink(studio.dark);
        pen.fillText(props.shown.names[i], right, top - rem(0.68));
        right -= pen.measureText(props.shown.names[i]).width + rem(0.9);
        pen.fillStyle = css(colours[i]);
        pen.fillRect(right, top - rem(0.95), rem(0.6), rem(0.5));
        right -= rem(0.7);
      }
    }

    const written = (step) => (props.shown.wrong?.[step] ? `${props.shown.steps[step]} ✗` : props.shown.steps[step]);
    const longest = (pen) => Math.max(...props.shown.steps.map((_label, step) => pen.measureText(written(step)).width));
    // Whether words may have to stand aslant: that changes with the room, and not with the words that are written now.
    const crowded = (wide) => props.shown.steps.some((label) => label.length > 2) && wide < rem(WORD);
    const foot = (wide) => rem(FEET[below.value ? "two" : crowded(wide) ? "aslant" : "one"]);
    // Labels that stand aslant reach beyond the last step.
    function beyond(pen, wide) {
      const { steps } = props.shown, last = pen.measureText(written(steps.length - 1)).width;
      if (longest(pen) <= wide - 3 || !crowded(wide)) return 0;
      return Math.min(rem(3.6), Math.max(0, last * Math.cos(SLANT) - wide / 2));
    }

    function labels(pen, x, y) {
      const { steps, says, right, wrong } = props.shown, wide = x(1) - x(0);
      const long = steps.some((label) => label.length > 2), every = Math.max(1, Math.ceil(rem(long ? 1.1 : below.value ? 1.8 : 1.4) / wide));
      const aslant = crowded(wide) && longest(pen) > wide * every - 3;
      // The first label may be broader than its step, and the last.
      const centred = (step, text) => Math.min(Math.max(x(step) + wide / 2, pen.measureText(text).width / 2), box.left + box.w - pen.measureText(text).width / 2);
      pen.textBaseline = "middle";
      steps.forEach((label, step) => {
        if (step % every) return;
        pen.fillStyle = wrong?.[step] ? warn(studio.dark) : ink(studio.dark);
        const text = written(step);
        if (aslant) {
          pen.save();
          pen.translate(x(step) + wide / 2, y + 3);
          pen.rotate(SLANT);
          pen.textAlign = "left";
          pen.fillText(text, 0, 4, (rem(FEET.aslant) - rem(0.9)) / Math.sin(SLANT));
          pen.restore();
        } else {
          pen.textAlign = "center";
          pen.fillText(text, centred(step, text), y + rem(0.7), wide * every);
        }
      });
      if (!below.value) return;
      says.forEach((label, step) => {
        if (step % every) return;
        const miss = label !== right[step];
        pen.fillStyle = miss ? warn(studio.dark) : grey(studio.dark);
        pen.textAlign = "center";
        const text = miss ? `${label}✗` : label;
        pen.fillText(text, centred(step, text), y + rem(1.8), wide * every);
      });
    }

    // Where each step looks, as a picture of the places.
    function places(pen, x, top, high) {
      const { numbers, shape, grid } = props.looking, table = lookup("share", studio.dark);
      const side = Math.min((x(1) - x(0) - 4) / grid[1], (high - 4) / grid[0]), [w, h] = [side * grid[1], side * grid[0]];
      for (let step = 0; step < shape[0]; step++) {
        const left = (x(step) + x(step + 1) - w) / 2;
        paint(pen, { numbers, shape: [shape[0], ...grid] }, step, table, left, top + (high - h) / 2, w, h);
        pen.strokeStyle = rule(studio.dark);
        pen.strokeRect(left - 0.5, top + (high - h) / 2 - 0.5, w + 1, h + 1);
      }
    }

    function beside(pen, top, high, aside) {
      const each = high / props.looking.labels.length;
      if (each <= rem(0.6)) return;
      pen.textAlign = "right";
      pen.fillStyle = ink(studio.dark);
      props.looking.labels.forEach((label, i) => pen.fillText(label, box.left - 5, top + (i + 0.5) * each, aside - 8));
    }

    function map(pen, packed, table, top, high) {
      paint(pen, { ...packed, shape: [1, ...packed.shape] }, 0, table, box.left, top, box.w, high);
    }

    const { canvas, redraw } = useCanvas((pen, width, height) => {
      const { steps } = props.shown, aside = props.looking?.labels ? rem(4) : 0;
      const unit = (height - foot((width - aside) / steps.length) - rem(TITLE) * rows.value.length) / rows.value.reduce((sum, row) => sum + row.share, 0);
      pen.font = font(12);
      const room = width - aside - beyond(pen, (width - aside) / steps.length);
      box = { left: aside, w: room, bands: [], steps: steps.length };
      const x = (step) => box.left + (step / steps.length) * box.w;
      // Titles explain where there is room, and begin in one line: further to the left where one is longer than its map.
      const wide = (title) => pen.measureText(title).width, whole = rows.value.map((row) => row.title);
      const titles = whole.every((title) => wide(title) <= width) ? whole : whole.map((title) => title.split(/[:(]/)[0].trim());
      const begins = Math.max(0, Math.min(box.left, width - Math.max(...titles.map(wide))));
      let top = 0;
      rows.value.forEach((row, i) => {
        pen.font = font(12);
        pen.textAlign = "left";
        pen.textBaseline = "middle";
        pen.fillStyle = grey(studio.dark);
        pen.fillText(titles[i], begins, Math.round(top + rem(0.82)), width - begins);
        top = Math.round(top + rem(TITLE));
        const high = Math.max(2, Math.floor(row.share * unit));
        if (row.kind === "values") lines(pen, x, top, high);
        else if (row.kind === "places") places(pen, x, top, high);
        else if (row.kind === "looking") {
          map(pen, props.looking, lookup("share", studio.dark), top, high);
          beside(pen, top, high, aside);
        } else map(pen, unpack(row.map.values), lookup(row.map.gate ? "share" : "signed", studio.dark), top, high);
        if (row.kind !== "places") {
          pen.strokeStyle = rule(studio.dark);
          pen.lineWidth = 1;
          pen.strokeRect(box.left + 0.5, top - 0.5, box.w - 1, high + 1);
        }
        box.bands.push({ row, top, high });
        top += high;
      });
      pen.font = font(12);
      labels(pen, x, top);
      if (at.value !== null) {
        pen.strokeStyle = ink(studio.dark);
        pen.lineWidth = 1;
        pen.strokeRect(x(at.value.step), box.bands[0].top, x(1) - x(0), top - box.bands[0].top);
      }
    });

    // Of each map its mean over units and steps, and the step at which it is largest.
    function heard(map) {
      const { numbers, shape } = unpack(map.values), [units, steps] = shape;
      const value = (byte) => (map.gate ? byte / 255 : (Math.abs(byte - 128) / 127) * map.reach);
      const each = Array.from({ length: steps }, (_, step) => mean(Array.from({ length: units }, (_one, unit) => value(numbers[unit * steps + step]))));
      const most = each.indexOf(Math.max(...each)) + 1;
      return say(map.gate ? "gate_says" : "state_says", { name: map.title.split(":")[0], mean: spoken(mean(each)), steps, most });
    }
    const described = useDescription(() => [props.label, ...props.shown.maps.map(heard)].join(". "));

    function point(event) {
      if (!box) return;
      const edge = event.target.getBoundingClientRect(), [px, py] = [event.clientX - edge.left, event.clientY - edge.top];
      const step = Math.floor(((px - box.left) / box.w) * box.steps);
      if (!(step >= 0 && step < box.steps)) return leave();
      const band = box.bands.find((one) => py >= one.top && py < one.top + one.high);
      let text = `${say("step_number", { number: step + 1 })}: ${props.shown.steps[step]}`;
      if (props.shown.aligned) text += ` → ${props.shown.says[step] ?? ""}`;
      if (band?.row.kind === "map") {
        const { values, units, gate, reach } = band.row.map, packed = unpack(values), [count, steps] = packed.shape;
        const unit = Math.min(count - 1, Math.floor(((py - band.top) / band.high) * count));
        const byte = packed.numbers[unit * steps + step], value = gate ? byte / 255 : ((byte - 128) / 127) * reach;
        text += ` · ${say("unit_number", { number: units[unit] + 1 })} · ${short(Number(value.toPrecision(2)))}`;
      } else if (band?.row.kind === "looking") {
        const { numbers, shape, labels: read } = props.looking;
        const line = Math.min(shape[0] - 1, Math.floor(((py - band.top) / band.high) * shape[0]));
        text += ` · ${read[line]} · ${Math.round((numbers[line * shape[1] + step] / 255) * 100)} %`;
      }
      at.value = { step, text, x: Math.max(0, Math.min(px + 12, edge.width - rem(15))), y: Math.max(0, py - rem(2)) };
      redraw();
    }
    function leave() {
      at.value = null;
      redraw();
    }
    watch([() => props.shown, () => studio.dark], redraw);
    return { canvas, at, tall, point, leave, described };
  },
  template: `
    <div class="layers" tabindex="0" role="group" :aria-label="label"><div class="drawn" :style="{ height: 'max(100%, ' + tall + 'rem)' }"><canvas ref="canvas" class="over-steps" :id="name" role="img" :aria-label="described"
      @pointermove="point" @pointerleave="leave"></canvas>
      <span v-if="at" class="tip" :style="{ left: at.x + 'px', top: at.y + 'px' }">{{ at.text }}</span></div></div>`,
};
