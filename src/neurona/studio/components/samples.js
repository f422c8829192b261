// What a net makes of the same noise: pictures side by side, or points among those of the data.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { font, numbered, rem, ticks, useCanvas } from "./canvas.js";
import { css, faint, grey, ofSign } from "./colours.js";
import { deviation, mean, spoken, useDescription } from "./described.js";
import { percent } from "./figures.js";
import { lookup, paint } from "./tiles.js";

export default {
  setup() {
    const studio = inject("studio"), say = inject("say");
    const shown = computed(() => studio.frame?.scene.samples);
    const about = computed(() => studio.state?.scene.about.samples);
    const tip = ref(null);
    let places = [];
    const bar = () => css(ofSign(1, studio.dark));

    function pictures(pen, width, height) {
      const made = unpack(shown.value.pictures), [count, , rows, columns] = made.shape, real = shown.value.real;
      const under = real ? rem(0.34) : 0, gap = rem(0.3);
      let best = { side: 0 };
      for (let across = 1; across <= count; across++) {
        const lines = Math.ceil(count / across);
        const side = Math.min(width / across - gap, (height / lines - gap - under) / (rows / columns));
        if (side > best.side) best = { side, across, lines };
      }
      const { side, across, lines } = best, tall = (side * rows) / columns;
      const [left, top] = [(width - across * (side + gap) + gap) / 2, (height - lines * (tall + gap + under)) / 2];
      const colours = lookup("ink", studio.dark);
      places = Array.from({ length: count }, (_, i) => ({
        x: left + (i % across) * (side + gap), y: top + Math.floor(i / across) * (tall + gap + under), side, tall: tall + under, i,
      }));
      for (const { x, y, i } of places) {
        paint(pen, made, i, colours, x, y, side, tall);
        if (!real) continue;
        pen.fillStyle = faint(studio.dark);
        pen.fillRect(x, y + tall + 2, side, under - 2);
        pen.fillStyle = bar();
        pen.fillRect(x, y + tall + 2, side * real[i], under - 2);
      }
    }

    function points(pen, width, height) {
      places = [];
      const { low, high, axes } = about.value, [left, under] = [rem(2.6), rem(2.6)];
      const x = (value) => left + ((value - low[0]) / (high[0] - low[0])) * (width - left - 8);
      const y = (value) => height - under - ((value - low[1]) / (high[1] - low[1])) * (height - under - 8);
      pen.font = font(12);
      pen.fillStyle = grey(studio.dark);
      pen.textAlign = "center";
      pen.textBaseline = "top";
      for (const [tick, text] of numbered(ticks(low[0], high[0], 5))) pen.fillText(text, x(tick), height - under + 5);
      pen.fillText(axes[0], left + (width - left) / 2, height - under + rem(1.25));
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      for (const [tick, text] of numbered(ticks(low[1], high[1], 5))) pen.fillText(text, left - 5, y(tick));
      for (const [from, colour] of [[about.value, css(studio.dark ? [150, 162, 176] : [110, 122, 138], 0.6)], [shown.value, bar()]]) {
        const { numbers } = unpack(from.points);
        pen.fillStyle = colour;
        for (let i = 0; i < numbers.length; i += 2) {
          pen.beginPath();
          pen.arc(x(numbers[i]), y(numbers[i + 1]), rem(0.18), 0, 7);
          pen.fill();
        }
      }
    }

    const { canvas, redraw } = useCanvas((pen, width, height) => {
      if (shown.value?.pictures) pictures(pen, width, height);
      else if (shown.value) points(pen, width, height);
    });
    function point(event) {
      const box = event.target.getBoundingClientRect(), [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const at = places.find((one) => x >= one.x && x < one.x + one.side && y >= one.y && y < one.y + one.tall);
      const share = at && shown.value.real?.[at.i];
      const text = Number.isFinite(share) ? say("said_real", { share: percent(share) }) : "";
      tip.value = text ? { text, x: Math.min(x + 12, box.width - rem(14)), y: Math.max(0, y - rem(2)) } : null;
    }
    watch([shown, () => studio.dark], redraw);
    // How bright pictures are and how much they differ, or where points lie beside those of the data.
    function pictured() {
      const { numbers, shape } = unpack(shown.value.pictures), count = shape[0], size = numbers.length / count, { real } = shown.value;
      const pixel = (i) => Array.from({ length: count }, (_one, picture) => numbers[picture * size + i] / 255);
      const pixels = Array.from({ length: size }, (_one, i) => pixel(i));
      const told = { count, mean: spoken(mean(pixels.map(mean))), apart: spoken(mean(pixels.map(deviation))) };
      return [say("samples_say", told), ...(real ? [say("said_real", { share: percent(mean(real)) })] : [])];
    }
    function lying(packed) {
      const { numbers } = unpack(packed), of = (axis) => Array.from(numbers).filter((_, i) => i % 2 === axis);
      return { mean: [0, 1].map((axis) => spoken(mean(of(axis)))).join(", "), deviation: [0, 1].map((axis) => spoken(deviation(of(axis)))).join(", ") };
    }
    function compared() {
      const [made, real] = [lying(shown.value.points), lying(about.value.points)];
      return [say("points_say", { made: made.mean, spread: made.deviation, real: real.mean, theirs: real.deviation })];
    }
    const described = useDescription(() => shown.value && [say("samples"), ...(shown.value.pictures ? pictured() : compared())].join(". "));
    const caption = computed(() => say(!shown.value?.pictures ? "made_points" : shown.value.real ? "made_judged" : "made_pictures"));
    return { studio, say, shown, canvas, tip, point, caption, described };
  },
  template: `
    <section :aria-label="say('samples')">
      <canvas ref="canvas" id="samples" role="img" :aria-label="described || say('samples')" @pointermove="point" @pointerleave="tip = null"></canvas>
      <p class="fine under">{{ caption }}</p>
      <span v-if="tip" class="tip" :style="{ left: tip.x + 'px', top: tip.y + 'px' }">{{ tip.text }}</span>
    </section>`,
};
