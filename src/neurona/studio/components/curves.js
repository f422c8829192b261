// Loss and another metric over the epochs, on train and on validation samples.
import { computed, inject, ref, watch } from "vue";
import { across } from "./axes.js";
import { font, numbered, rem, short, ticks, useCanvas } from "./canvas.js";
import { css, grey } from "./colours.js";
import { whole } from "./figures.js";
import Icon from "./icons.js";
import { pinColour } from "./pinned.js";

const RIGHT = 8, MOST = 600, LONGER = 2;
// Of a panel, in rem: its head at least, with what it is of and without that, and the height from which on it says so.
const HEAD = 1.1, BARE = 0.7, ROOMY = 2.2;
// Words of these colours have a contrast of 4.5 at least; the blue of a line is dark enough for both.
const WORDS = { light: [176, 74, 0], dark: [240, 150, 80] };
const COLOURS = { train: { light: [0, 114, 178], dark: [86, 180, 233] }, valid: { light: [213, 94, 0], dark: [240, 150, 80] } };

// At least two round numbers, so that a scale can be read.
function marked(low, high, wanted) {
  for (let count = wanted; count < 9; count++) {
    const found = ticks(low, high, count);
    if (found.length > 1) return found;
  }
  return [low, high];
}

function powers(from, to) {
  const found = ticks(Math.ceil(from), Math.floor(to), 3).filter(Number.isInteger).map((power) => 10 ** power);
  if (found.length > 1) return found;
  const between = [1, 2, 5].flatMap((factor) => [Math.floor(from), Math.floor(to)].map((power) => factor * 10 ** power));
  return [...new Set(between)].filter((one) => Math.log10(one) >= from && Math.log10(one) <= to).sort((a, b) => a - b);
}

export default {
  components: { Icon },
  setup() {
    const ask = inject("ask");
    const studio = inject("studio"), say = inject("say");
    const second = ref("");
    let left = 42;
    const pointer = ref(null);
    const called = computed(() => (Object.keys(studio.metrics).length ? studio.metrics : studio.band?.metrics || {}));
    const names = computed(() => Object.keys(called.value));
    // Of two players each has a loss of its own; that of both together says nothing.
    const first = computed(() => (names.value.includes("generator_loss") ? "generator_loss" : names.value.includes("loss") || !names.value.length ? "loss" : ""));
    const choices = computed(() => names.value.filter((name) => name !== "loss" && name !== first.value));
    const other = computed(() => {
      const others = choices.value;
      return others.includes(second.value) ? second.value : others[0] || "";
    });
    const shown = computed(() => [first.value, other.value].filter(Boolean));
    const colour = (split) => (split === "test" ? "var(--ink)" : css(COLOURS[split][studio.dark ? "dark" : "light"]));
    const colourOfWords = (split) => (split === "valid" ? css(WORDS[studio.dark ? "dark" : "light"]) : colour(split));
    // Before there is a row, its place is kept.
    const splits = computed(() => ["train", ...((row.value ? "valid_loss" in row.value : studio.state?.scene.samples.valid !== 0) ? ["valid"] : []), "test"]);

    function thinned(rows) {
      if (rows.length <= MOST) return rows;
      const stride = (rows.length - 1) / (MOST - 1);
      return Array.from({ length: MOST }, (_, i) => rows[Math.round(i * stride)]);
    }

    // The line of a pinned run: on validation samples where it has some.
    function lineOf(run, metric) {
      const name = run.rows.some((one) => Number.isFinite(one[`valid_${metric}`])) ? `valid_${metric}` : `train_${metric}`;
      return run.rows.filter((one) => Number.isFinite(one[name])).map((one) => [one.epoch, one[name]]);
    }

    // The epoch at which the axis ends: a pinned run that is far longer than this one would leave it no room.
    const end = computed(() => {
      const own = Math.max(studio.frame?.epochs || 1, studio.history.at(-1)?.epoch || 1);
      return Math.min(LONGER * own, Math.max(own, ...studio.pins.map((run) => run.rows.at(-1)?.epoch || 1)));
    });
    const banded = computed(() => (studio.band?.rows.length ? studio.band : null));

    function trace(pen, points, style, thick, dashed = false) {
      pen.beginPath();
      for (const [x, y] of points) pen.lineTo(x, y);
      pen.strokeStyle = style;
      pen.lineWidth = rem(thick);
      pen.setLineDash(dashed ? [rem(0.36), rem(0.22)] : []);
      pen.stroke();
      pen.setLineDash([]);
      pen.lineWidth = 1;
      if (points.length !== 1) return;
      pen.beginPath(); // one epoch makes no line yet
      pen.arc(...points[0], rem(1.4 * thick), 0, 7);
      pen.fillStyle = style;
      pen.fill();
    }

    // Mean and 95 % interval over seeds: a line in a band.
    function drawBand(pen, name, split, x, y, logarithmic) {
      const known = banded.value.rows.filter((one) => Number.isFinite(one[name]?.[0]) && Number.isFinite(one[name][1]));
      const drawn = thinned(known).filter((one) => !logarithmic || one[name][0] > 0);
      const lowest = (one) => (logarithmic ? Math.max(one[name][0] - one[name][1], one[name][0] / 30) : one[name][0] - one[name][1]);
      pen.beginPath();
      for (const one of drawn) pen.lineTo(x(one.epoch), y(one[name][0] + one[name][1]));
      for (const one of [...drawn].reverse()) pen.lineTo(x(one.epoch), y(lowest(one)));
      pen.fillStyle = css(COLOURS[split][studio.dark ? "dark" : "light"], 0.2);
      pen.fill();
      trace(pen, drawn.map((one) => [x(one.epoch), y(one[name][0])]), colour(split), 0.14, split !== "train");
    }

    function panel(pen, metric, top, height, width, rows, last) {
      const values = rows.flatMap((row) => [row[`train_${metric}`], row[`valid_${metric}`]]).filter(Number.isFinite);
      const pinned = studio.pins.map((run) => lineOf({ rows: thinned(run.rows.filter((one) => one.epoch <= last)) }, metric));
      const means = ["train", "valid"].flatMap((split) => (banded.value?.rows || []).map((one) => one[`${split}_${metric}`])).filter((one) => one && one.every(Number.isFinite));
      values.push(...means.map(([mean]) => mean));
      values.push(...pinned.flatMap((line) => line.map(([, value]) => value)));
      let [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
      const logarithmic = low > 0 && high / low > 50;
      const share = /accuracy|exact|precision/.test(metric);
      const ends = logarithmic ? [] : means.flatMap(([mean, half]) => [mean - half, mean + half]);
      [low, high] = [Math.min(low, ...ends), Math.max(high, ...ends)];
      if (share) [low, high] = [Math.max(0, low), 1];
      else if (!logarithmic && low > 0 && low < 0.35 * high) low = 0;
      if (high === low) [low, high] = [low - 0.5, high + 0.5];
      const titled = height >= rem(ROOMY), head = titled ? Math.max(rem(HEAD), Math.min(rem(1.5), 0.25 * height)) : rem(BARE);
      const scale = logarithmic ? Math.log10 : (value) => value;
      const [from, to] = [scale(low), scale(high)];
      const x = (epoch) => left + (epoch / last) * (width - left - RIGHT);
      const y = (value) => top + height - 4 - ((scale(value) - from) / (to - from)) * (height - 4 - head);
      const marks = logarithmic ? powers(from, to) : marked(low, high, height < rem(3.6) ? 1 : 3);
      across(pen, numbered(marks), y, [left, width - RIGHT], studio.dark);
      const drawn = (line) => line.filter(([, value]) => Number.isFinite(value) && !(logarithmic && value <= 0)).map(([epoch, value]) => [x(epoch), y(value)]);
      pinned.forEach((line, i) => trace(pen, drawn(line), css(pinColour(studio.pins[i].colour, studio.dark), 0.9), 0.08));
      pen.save();
      pen.beginPath();
      pen.rect(left, top + (titled ? head - rem(0.2) : 0), width - left - RIGHT, height);
      pen.clip();
      for (const split of ["train", "valid"]) {
        const name = `${split}_${metric}`;
        if (banded.value) drawBand(pen, name, split, x, y, logarithmic);
        else trace(pen, drawn(rows.map((row) => [row.epoch, row[name]])), colour(split), 0.14, split !== "train");
      }
      pen.restore();
      if (titled && called.value[metric]) entitle(pen, called.value[metric], top, width);
      return x;
    }

    // What curves are of stands above them: below the top of their panel no curve goes so high.
    function entitle(pen, name, top, width) {
      pen.textAlign = "left";
      pen.textBaseline = "top";
      pen.fillStyle = grey(studio.dark);
      pen.fillText(name, left, top + rem(0.1), width - left - RIGHT);
    }

    const { canvas, redraw } = useCanvas((pen, width, height) => {
      const rows = thinned(studio.history);
      pen.font = font(11.5);
      left = rem(3);
      const last = end.value;
      const apart = Math.min(rem(0.9), Math.max(rem(0.45), 0.05 * height)), each = (height - rem(1.2) + apart) / shown.value.length;
      let x = null;
      shown.value.forEach((metric, i) => (x = panel(pen, metric, i * each, each - apart, width, rows, last)));
      pen.fillStyle = grey(studio.dark);
      pen.textBaseline = "bottom";
      pen.textAlign = "left";
      pen.fillText("0", left, height);
      pen.textAlign = "right";
      pen.fillText(whole(last), width - RIGHT, height);
      if (pointer.value !== null && rows.length) {
        const at = x(row.value.epoch);
        pen.strokeStyle = css(studio.dark ? [120, 134, 150] : [140, 150, 162]);
        pen.beginPath();
        pen.moveTo(at, 0);
        pen.lineTo(at, height - rem(1.2));
        pen.stroke();
      }
    });
    const row = computed(() => {
      const rows = studio.history;
      if (!rows.length) return null;
      if (pointer.value === null) return { ...rows.at(-1), ...studio.frame?.now };
      const wanted = pointer.value * end.value;
      return rows.reduce((best, one) => (Math.abs(one.epoch - wanted) < Math.abs(best.epoch - wanted) ? one : best), rows[0]);
    });
    // What the seeds come to: on test at the end, before it as far as all of them are.
    const spread = computed(() => {
      if (!banded.value) return [];
      const at = banded.value.rows.at(-1), split = banded.value.test ? "test" : `valid_${other.value || "loss"}` in at ? "valid" : "train";
      const of = (metric) => (banded.value.test ? banded.value.test[metric] : at[`${split}_${metric}`]);
      return shown.value.filter((metric) => Number.isFinite(of(metric)?.[0])).map((metric) => ({
        metric, split, name: called.value[metric] || metric, mean: of(metric)[0], half: of(metric)[1],
      }));
    });
    // What stands where there is no curve yet, or none any more.
    const note = computed(() => {
      if (studio.frame?.word === "diverged") return "no_number";
      if (studio.history.length || banded.value) return "";
      if (studio.frame?.steps[0]) return "first_epoch";
      return studio.frame?.running ? "" : "waiting";
    });
    const three = (value) => (Number.isFinite(value) ? short(Number(value.toPrecision(3))) : "–");
    function point(event) {
      const box = event.target.getBoundingClientRect();
      const share = (event.clientX - box.left - left) / (box.width - left - RIGHT);
      pointer.value = share >= 0 && share <= 1 ? share : null;
    }
    const last = computed(() => shown.value.map((metric) => ({
      metric,
      name: called.value[metric] || (names.value.length ? metric : ""),
      train: row.value?.[`train_${metric}`],
      valid: row.value?.[`valid_${metric}`],
      test: studio.frame?.test?.[metric],
    })));
    const described = computed(() => [say("curves"), ...(row.value ? [`${say("epoch")} ${row.value.epoch}`] : []), ...last.value.flatMap((one) =>
      splits.value.filter((split) => Number.isFinite(one[split])).map((split) => `${one.name}, ${say(split)}: ${three(one[split])}`))].join(". "));
    watch([() => studio.frame, () => studio.dark, () => studio.pins, () => studio.band, pointer, shown], redraw);
    return { studio, canvas, say, ask, described, last, row, names, called, choices, other, second, splits, colourOfWords, spread, note, short, three, point, pointer };
  },
  template: `
    <section :aria-label="say('curves')" class="curves">
      <div class="top"><h2>{{ say("curves") }}<span v-if="pointer !== null && row" class="fine"> · {{ say("epoch") }} {{ row.epoch }}</span></h2>
        <select v-if="names.length > 2" class="text" :value="other" @change="second = $event.target.value" :aria-label="say('curves')">
          <option v-for="name in choices" :key="name" :value="name">{{ called[name] }}</option>
        </select>
        <button class="round small pin" id="pin" :disabled="!studio.history.length" :aria-label="say('pin')" :data-help="say('pin_help')" @click="ask('pin')"><Icon name="pin" /></button></div>
      <div class="plots"><table class="numbers">
        <thead><tr><td>&nbsp;</td><th v-for="one in last.filter((one) => one.name)" :key="one.metric" scope="col" :title="one.name">{{ one.name }}</th></tr></thead>
        <tbody><tr v-for="split in splits" :key="split" :style="{ color: colourOfWords(split) }"><th scope="row">{{ say(split) }}</th>
          <td v-for="one in last" :key="one.metric" :data-metric="split + '_' + one.metric" :data-value="one[split]">{{ three(one[split]) }}</td></tr></tbody></table>
      <p v-if="spread.length" class="fine band"><span v-for="one in spread" :key="one.metric" :data-band="one.metric" :data-split="one.split" :data-mean="one.mean" :data-half="one.half">
        {{ one.name }}, {{ say(one.split) }}: <b>{{ three(one.mean) }} ± {{ Number.isFinite(one.half) ? short(Number(one.half.toPrecision(2))) : "–" }}</b></span></p>
      <div class="drawn"><canvas ref="canvas" id="curves" role="img" :aria-label="described" @pointermove="point" @pointerleave="pointer = null"></canvas>
      <p v-if="note" class="waiting" :class="{ error: note === 'no_number' }">{{ say(note) }}</p></div></div>
    </section>`,
};
