// What the net answers at each point of a plane, as colours, with the samples on it.
import { watch, inject, ref, computed } from "vue";
import { unpack } from "./arrays.js";
import { titles } from "./axes.js";
import { font, numbered, rem, short, ticks, useCanvas } from "./canvas.js";
import { classColours, css, grey, mix, paper, ramp, rule } from "./colours.js";
import { standing } from "./described.js";
import { paintAnswers } from "./answers.js";

const TOP = 6, RIGHT = 8;

export default {
  setup() {
    const studio = inject("studio"), say = inject("say"), ask = inject("ask"), palette = inject("palette");
    const showTest = ref(false);
    const grid = document.createElement("canvas");
    let points = null;
    const scene = computed(() => studio.state?.scene);
    const colours = computed(() => classColours(palette, Math.max(2, scene.value?.classes.length || 0), studio.dark));

    function frame(width, height) {
      const { low, high } = scene.value.points;
      const [aside, under] = named() ? [rem(3.7), rem(2.7)] : [rem(2.5), rem(1.6)];
      let [w, h] = [width - aside - RIGHT, height - TOP - under];
      const ratio = (high[1] - low[1]) / (high[0] - low[0]);
      let [left, top] = [aside, TOP];
      if (ratio > 1 / 3 && ratio < 3) {
        const scale = Math.min(w, h / ratio);
        left += (w - scale) / 2;
        top += (h - scale * ratio) / 2;
        [w, h] = [scale, scale * ratio];
      }
      return {
        left, top, w, h,
        x: (value) => left + ((value - low[0]) / (high[0] - low[0])) * w,
        y: (value) => top + h - ((value - low[1]) / (high[1] - low[1])) * h,
      };
    }

    function axes(pen, box) {
      const { low, high, axes: [across, upwards] } = scene.value.points;
      pen.fillStyle = pen.strokeStyle = grey(studio.dark);
      pen.font = font(12);
      pen.textAlign = "center";
      pen.textBaseline = "top";
      for (const [tick, text] of numbered(ticks(low[0], high[0], 5))) pen.fillText(text, box.x(tick), box.top + box.h + 6);
      pen.textAlign = "right";
      pen.textBaseline = "middle";
      for (const [tick, text] of numbered(ticks(low[1], high[1], 5))) pen.fillText(text, box.left - 6, box.y(tick));
      pen.strokeStyle = rule(studio.dark);
      pen.strokeRect(box.left - 0.5, box.top - 0.5, box.w + 1, box.h + 1);
      if (named()) titles(pen, box, across, upwards, studio.dark);
    }

    // That the plane is x1 and x2 goes without saying.
    const named = () => scene.value.points.axes[0] !== "x1";

    function dots(pen, box) {
      const { splits, range } = scene.value.points;
      const size = Math.max(rem(0.157), Math.min(rem(0.32), box.w / 110));
      for (const [name, split] of Object.entries(splits)) {
        if (name !== "train" && !showTest.value) continue;
        const x = split.x.numbers, y = split.y.numbers;
        for (let i = 0; i < y.length; i++) {
          const colour = scene.value.classes.length
            ? colours.value[y[i]]
            : mix(paper(studio.dark), ramp((y[i] - range[0]) / (range[1] - range[0] || 1), studio.dark), 1);
          pen.beginPath();
          pen.arc(box.x(x[2 * i]), box.y(x[2 * i + 1]), size, 0, 7);
          pen.fillStyle = css(colour);
          pen.fill();
          pen.lineWidth = rem(name === "train" ? 0.057 : 0.093);
          pen.strokeStyle = name !== "train" ? (studio.dark ? "#fff" : "#000") : scene.value.classes.length ? css(paper(studio.dark)) : css(studio.dark ? [225, 231, 238] : [52, 62, 74]);
          pen.stroke();
        }
      }
    }

    const { canvas, redraw } = useCanvas((pen, width, height) => {
      const surface = studio.frame?.scene.surface;
      if (!scene.value?.points || !surface || studio.frame === studio.before || points !== scene.value.points) return;
      const box = frame(width, height);
      paintAnswers(grid, surface, colours.value, studio.dark);
      pen.imageSmoothingEnabled = true;
      pen.imageSmoothingQuality = "high";
      pen.drawImage(grid, box.left, box.top, box.w, box.h);
      pen.save();
      pen.beginPath();
      pen.rect(box.left, box.top, box.w, box.h);
      pen.clip();
      dots(pen, box);
      pen.restore();
      axes(pen, box);
    });

    // A sample that is clicked on is opened.
    const NEAR = 12;
    function choose(event) {
      if (!scene.value?.points || points !== scene.value.points) return;
      const edge = canvas.value.getBoundingClientRect(), box = frame(canvas.value.clientWidth, canvas.value.clientHeight);
      const [across, down] = [event.clientX - edge.left, event.clientY - edge.top];
      let [nearest, at] = [NEAR, null];
      for (const [split, { x, y }] of Object.entries(points.splits)) {
        for (let i = 0; (split === "train" || showTest.value) && i < y.numbers.length; i++) {
          const far = Math.hypot(box.x(x.numbers[2 * i]) - across, box.y(x.numbers[2 * i + 1]) - down);
          if (far < nearest) [nearest, at] = [far, { split, at: [x.numbers[2 * i], x.numbers[2 * i + 1]] }];
        }
      }
      if (at) ask("walk", at);
    }

    watch(scene, (found) => {
      points = found?.points;
      for (const split of Object.values(points?.splits || {})) {
        if (split.x.data) [split.x, split.y] = [unpack(split.x), unpack(split.y)];
      }
    }, { immediate: true });
    watch([() => studio.frame, () => studio.dark, showTest], redraw);
    const legend = computed(() => (scene.value?.classes || []).map((name, i) => ({ name, colour: css(colours.value[i]) })));
    // Of a regression the colours stand for values.
    const scale = computed(() => {
      if (!scene.value?.points || legend.value.length) return null;
      const [low, high] = scene.value.points.range, stops = [0, 0.5, 1].map((share) => css(mix(paper(studio.dark), ramp(share, studio.dark), 0.9)));
      return { low: short(Number(low.toPrecision(3))), high: short(Number(high.toPrecision(3))), name: scene.value.target, colours: `linear-gradient(to right, ${stops.join(", ")})` };
    });
    const judged = computed(() => scene.value?.judged);
    // What the picture shows, in words: the classes, and how often the net is right.
    const described = computed(() => {
      const names = (scene.value?.classes || []).join(", ");
      return [say("surface"), ...(names ? [names] : []), ...standing(studio, say)].join(". ");
    });
    return { canvas, say, described, showTest, legend, scale, judged, css, choose };
  },
  template: `
    <section :aria-label="say('surface')">
      <div class="top"><h2>{{ say("surface") }}</h2>
        <ul class="legend" v-if="legend.length"><li v-for="one in legend" :key="one.name">
          <i :style="{ background: one.colour }"></i>{{ one.name }}</li></ul>
        <p v-if="scale" class="fine scale"><span>{{ scale.low }}</span><i :style="{ background: scale.colours }"></i><span>{{ scale.high }}</span> {{ scale.name }}</p>
        <label v-if="judged === 'test'" class="tick"><input type="checkbox" v-model="showTest" /> {{ say("show_test") }}</label></div>
      <canvas ref="canvas" role="img" :aria-label="described" id="surface" @click="choose" :data-help="say('surface_click')"></canvas>
    </section>`,
};
