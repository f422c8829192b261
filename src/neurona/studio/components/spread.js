// How what a unit answers is spread over samples: a histogram in its square, and in words.
import { unpack } from "./arrays.js";
import { rem, short } from "./canvas.js";
import { classColours, css, ofSign, rule } from "./colours.js";

const neutral = (dark) => (dark ? [125, 138, 154] : [120, 133, 148]);

// The colours of the parts of a bar: of classes, of the samples of another class and of the own one, or of all.
export function partColours(by, palette, classes, dark) {
  if (by === "class") return classColours(palette, classes, dark);
  return by === "own" ? [neutral(dark), ofSign(1, dark)] : [neutral(dark)];
}

// Bars are as high as the root of their count, so that a few samples are seen beside many; parts have their share. In a
// very small square two stand as one.
export function paintSpread(pen, { bars, ends }, unit, { left, top, size }, colours, dark) {
  const [, parts, all] = bars.shape, from = unit * parts * all;
  const room = Math.max(3, 0.1 * size), inner = size - 2 * room, joined = inner < 1.5 * all ? 2 : 1, count = all / joined, wide = inner / count;
  const of = (part, bar) => Array.from({ length: joined }, (_, i) => bars.numbers[from + part * all + joined * bar + i]).reduce((sum, one) => sum + one, 0);
  const each = Array.from({ length: count }, (_, bar) => Array.from({ length: parts }, (_part, part) => of(part, bar)));
  const sums = each.map((counts) => counts.reduce((sum, one) => sum + one, 0)), most = Math.max(1, ...sums);
  const [low, high] = [ends.numbers[2 * unit], ends.numbers[2 * unit + 1]];
  if (low < 0 && high > 0) {
    pen.fillStyle = rule(dark); // where 0 is
    pen.fillRect(left + room + inner * (low / (low - high)) - rem(0.03), top, rem(0.06), size);
  }
  each.forEach((counts, bar) => {
    const tall = inner * Math.sqrt(sums[bar] / most);
    let bottom = top + room + inner;
    counts.forEach((one, part) => {
      if (!one) return;
      const high = (tall * one) / sums[bar];
      pen.fillStyle = css(colours[part]);
      pen.fillRect(left + room + bar * wide, bottom - high, wide - (wide > 4 ? 1 : 0), high);
      bottom -= high;
    });
  });
}

export function spreadOf(packed) {
  return packed && { bars: unpack(packed.bars), ends: unpack(packed.ends), by: packed.by };
}

// Between which values a unit answers; nothing for one that answers no number.
export function endsOf({ ends }, unit, say) {
  if (!Number.isFinite(ends.numbers[2 * unit])) return "";
  const [low, high] = [ends.numbers[2 * unit], ends.numbers[2 * unit + 1]].map((value) => short(value));
  return low === high ? say("spread_always", { value: low }) : say("spread_ends", { low, high });
}

// The share of samples that lie in a bar of mostly their class: how well this unit alone tells classes apart.
export function apart({ bars }, unit) {
  const [, parts, count] = bars.shape, from = unit * parts * count;
  let [sum, right] = [0, 0];
  for (let bar = 0; bar < count; bar++) {
    const each = Array.from({ length: parts }, (_, part) => bars.numbers[from + part * count + bar]);
    sum += each.reduce((all, one) => all + one, 0);
    right += Math.max(...each);
  }
  return sum ? right / sum : 0;
}

// What stands in the squares, and what its colours are.
export default {
  inject: ["studio", "say", "palette"],
  computed: {
    about() {
      return this.studio.state?.scene.about.spread;
    },
    by() {
      return Object.values(this.studio.frame?.scene.spread || {}).at(-1)?.by;
    },
    parts() {
      const { classes, task } = this.studio.state.scene;
      const own = task === "multilabel" ? ["spread_without", "spread_with"] : ["spread_others", "spread_own"];
      const names = { class: classes, own: own.map((name) => this.say(name)) }[this.by] || [];
      const parts = partColours(this.by, this.palette, names.length, this.studio.dark).slice(0, names.length).map((colour, i) => ({ name: names[i], colour: css(colour) }));
      return this.by === "own" ? parts.reverse() : parts;
    },
  },
  template: `
    <p v-if="about" class="fine spread" id="spread" :data-help="say('spread_help')">{{ say("spread", { count: about.samples }) }}
      <span class="legend"><span v-for="part in parts" :key="part.name"><i :style="{ background: part.colour }"></i>{{ part.name }}</span></span></p>`,
};
