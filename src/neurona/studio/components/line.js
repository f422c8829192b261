// What the net answers along one axis, as a line over the samples; each net of an ensemble has its own.
import { computed, inject, watch } from "vue";
import { unpack } from "./arrays.js";
import { across, titles } from "./axes.js";
import { font, numbered, rem, ticks, useCanvas } from "./canvas.js";
import { css, grey, ofSign } from "./colours.js";
import { spoken, standing, useDescription } from "./described.js";

const TOP = 8, RIGHT = 10;

export default {
  setup() {
    const studio = inject("studio"), say = inject("say");
    const scene = computed(() => studio.state?.scene);
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      const points = scene.value?.points, line = studio.frame?.scene.line;
      if (!points || !line) return;
      const [left, under] = [rem(3.7), rem(2.7)];
      const found = unpack(line.values);
      const [members, count] = found.shape;
      const [low, high] = [points.low[0], points.high[0]];
      const room = 0.12 * (points.range[1] - points.range[0] || 1);
      const [bottom, top] = [points.range[0] - room, points.range[1] + room];
      const x = (value) => left + ((value - low) / (high - low)) * (width - left - RIGHT);
      const y = (value) => height - under - ((value - bottom) / (top - bottom)) * (height - TOP - under);
      pen.font = font(12);
      pen.lineWidth = 1;
      across(pen, numbered(ticks(bottom, top, 5)), y, [left, width - RIGHT], studio.dark);
      pen.fillStyle = grey(studio.dark);
      pen.textAlign = "center";
      pen.textBaseline = "top";
      for (const [tick, text] of numbered(ticks(low, high, 6))) pen.fillText(text, x(tick), height - under + 6);
      const box = { left, top: TOP, w: width - left - RIGHT, h: height - TOP - under };
      titles(pen, box, points.axes[0], scene.value.target, studio.dark);
      pen.save();
      pen.beginPath();
      pen.rect(box.left, box.top, box.w, box.h);
      pen.clip();
      for (const [name, split] of Object.entries(points.splits)) {
        const [at, wanted] = [split.x, split.y].map((packed) => (packed.data ? unpack(packed) : packed).numbers);
        pen.fillStyle = pen.strokeStyle = css(studio.dark ? [150, 162, 176] : [110, 122, 138], 0.75);
        for (let i = 0; i < wanted.length; i++) {
          pen.beginPath();
          pen.arc(x(at[i]), y(wanted[i]), rem(0.2), 0, 7);
          if (name === "train") pen.fill();
          else pen.stroke();
        }
      }
      const mean = new Float64Array(count);
      const stroke = (values, alpha, thick) => {
        pen.beginPath();
        values.forEach((value, i) => pen.lineTo(x(low + (i / (count - 1)) * (high - low)), y(value)));
        pen.strokeStyle = css(ofSign(1, studio.dark), alpha);
        pen.lineWidth = thick;
        pen.stroke();
      };
      for (let m = 0; m < members; m++) {
        const values = Array.from(found.numbers.subarray(m * count, (m + 1) * count));
        values.forEach((value, i) => (mean[i] += value / members));
        if (members > 1) stroke(values, 0.35, rem(0.07));
      }
      stroke(Array.from(mean), 1, rem(0.18));
      pen.restore();
    });
    const described = useDescription(() => {
      const points = scene.value?.points, line = studio.frame?.scene.line;
      if (!points || !line) return "";
      const values = Array.from(unpack(line.values).numbers).filter(Number.isFinite), [low, high] = [Math.min(...values), Math.max(...values)];
      const ends = { left: spoken(points.low[0]), right: spoken(points.high[0]), low: spoken(low), high: spoken(high) };
      return [say("line"), say("line_says", ends), ...standing(studio, say)].join(". ");
    });
    watch([() => studio.frame, () => studio.dark], redraw);
    const members = computed(() => studio.frame?.scene.line?.values.shape[0] ?? 0);
    return { canvas, say, described, scene, members };
  },
  template: `
    <section :aria-label="say('line')">
      <div class="top"><h2>{{ say("line") }}</h2>
        <ul v-if="scene" class="legend marks"><li><i class="dot"></i>{{ say("train") }}</li><li><i class="ring"></i>{{ say(scene.judged) }}</li>
          <li v-if="members > 1"><i class="thin"></i>{{ say("each_net") }}</li><li v-if="members"><i class="thick"></i>{{ say(members > 1 ? "mean_of_nets" : "line_of_net") }}</li></ul></div>
      <canvas ref="canvas" id="line" role="img" :aria-label="described || say('line')"></canvas></section>`,
};
