// What a unit answers along the one column that a net sees: a small curve in its square, and its ends in words.
import { unpack } from "./arrays.js";
import { rem } from "./canvas.js";
import { spoken } from "./described.js";
import { css, ofSign, rule } from "./colours.js";

export function curvesOf(packed) {
  return packed && { values: unpack(packed.values), ends: unpack(packed.ends) };
}

export function paintCurve(pen, { values, ends }, unit, { left, top, size }, dark) {
  const count = values.shape[1], room = Math.max(3, 0.1 * size), inner = size - 2 * room;
  const [low, high] = [ends.numbers[2 * unit], ends.numbers[2 * unit + 1]];
  const y = (share) => top + room + inner * (1 - share);
  if (!Number.isFinite(low)) return; // a net that has diverged
  if (low < 0 && high > 0) {
    pen.fillStyle = rule(dark); // where 0 is
    pen.fillRect(left, y(low / (low - high)) - rem(0.03), size, rem(0.06));
  }
  pen.strokeStyle = css(ofSign(1, dark));
  pen.lineWidth = Math.max(1.3, Math.min(rem(0.16), 0.05 * size));
  pen.beginPath();
  for (let i = 0; i < count; i++) pen.lineTo(left + room + (inner * i) / (count - 1), y(values.numbers[unit * count + i] / 255));
  pen.stroke();
}

export default {
  inject: ["studio", "say"],
  computed: {
    about() {
      return this.studio.state?.scene.about.unit_curves;
    },
    text() {
      const { axis, low, high } = this.about;
      return this.say("unit_curves", { axis, low: spoken(low), high: spoken(high) });
    },
  },
  template: `<p v-if="about" class="fine spread" id="unit-curves" :data-help="say('unit_curves_help')">{{ text }}</p>`,
};
