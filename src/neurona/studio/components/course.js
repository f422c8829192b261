// The net's answers along one column of a row, all its other values as they are; the row is marked.
import { computed, inject, watch } from "vue";
import { across, aside } from "./axes.js";
import { font, numbered, rem, ticks, useCanvas } from "./canvas.js";
import { classColours, css, grey, ink, paper } from "./colours.js";
import { useDescription } from "./described.js";
import { digits } from "./figures.js";

// Days since 2000 as a date.
export function days(at) {
  return new Date(Date.UTC(2000, 0, 1) + Math.round(at) * 864e5).toISOString().slice(0, 10);
}

export default {
  props: { shown: Object, about: Object, classes: Array, amount: Function, labelled: Boolean },
  setup(props) {
    const studio = inject("studio"), say = inject("say"), palette = inject("palette");
    const colours = computed(() => (props.classes.length ? classColours(palette, Math.max(2, props.classes.length), studio.dark) : [studio.dark ? [86, 180, 233] : [0, 114, 178]]));
    const field = computed(() => props.about.fields.find((one) => one.name === props.shown.along?.name));
    // The scale is that of train, so that it stands still while a control moves.
    const ends = computed(() => {
      if (props.classes.length) return [0, 1];
      const { of, curves } = props.shown.along, found = curves.flat().filter(Number.isFinite);
      const ranges = of.flatMap((number) => props.about.range[number]);
      const [low, high] = [Math.min(...ranges, ...found), Math.max(...ranges, ...found)];
      return high > low ? [low, high] : [low - 1, high + 1];
    });
    // Round numbers along a column; its ends, where there would be one alone.
    function along(first, last, width) {
      const found = ticks(first, last, Math.max(2, Math.floor(width / rem(6)))), marks = found.length > 1 ? found : [first, last];
      return field.value.kind === "date" ? marks.map((tick) => [tick, days(tick)]) : numbered(marks);
    }
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      const course = props.shown.along;
      if (!course || !field.value) return;
      const { places, curves, of } = course, named = field.value.kind === "category";
      const [under, top, right] = [rem(1.6), rem(0.5), rem(0.7)], [low, high] = ends.value;
      const marks = ticks(low, high, Math.max(2, Math.min(5, Math.floor(height / rem(3)))));
      const marked = props.classes.length ? marks.map((value) => [value, `${Math.round(100 * value)} %`]) : numbered(marks, digits, 5);
      const left = Math.max(rem(3.1), aside(pen, marked));
      const [first, last] = [places[0], places.at(-1)];
      const step = named ? (width - left - right) / places.length : 0;
      const x = (place) => (named ? left + (place + 0.5) * step : left + ((place - first) / (last - first || 1)) * (width - left - right));
      const y = (value) => top + (height - top - under) * (1 - (value - low) / (high - low));
      pen.font = font(12);
      across(pen, marked, y, [left, width - right], studio.dark);
      pen.textBaseline = "top";
      pen.textAlign = "center";
      const labels = named ? places.map((place) => [place, field.value.values[place]]) : along(first, last, width);
      for (const [place, label] of labels) {
        const room = Math.min(pen.measureText(label).width, named ? step - 4 : rem(7)) / 2;
        pen.fillStyle = grey(studio.dark);
        pen.fillText(label, Math.max(room, Math.min(width - room, x(place))), height - under + 6, named ? step - 4 : rem(7));
      }
      if (course.at !== null) {
        pen.strokeStyle = ink(studio.dark);
        pen.setLineDash([4, 3]);
        pen.beginPath();
        pen.moveTo(x(course.at), top);
        pen.lineTo(x(course.at), height - under);
        pen.stroke();
        pen.setLineDash([]);
      }
      curves.forEach((curve, i) => {
        pen.strokeStyle = pen.fillStyle = css(colours.value[props.classes.length ? of[i] : 0], 1);
        pen.lineWidth = rem(0.14);
        pen.beginPath();
        let open = false;
        curve.forEach((value, k) => {
          if (!Number.isFinite(value)) return (open = false);
          if (named) {
            pen.moveTo(x(places[k]) + rem(0.24), y(value));
            pen.arc(x(places[k]), y(value), rem(0.24), 0, 7);
          } else if (open) pen.lineTo(x(places[k]), y(value));
          else pen.moveTo(x(places[k]), y(value));
          open = true;
        });
        if (named) pen.fill();
        else pen.stroke();
        const now = props.shown.answer[of[i]];
        if (course.at === null || !Number.isFinite(now)) return;
        pen.beginPath();
        pen.arc(x(course.at), y(now), rem(named ? 0.42 : 0.3), 0, 7);
        if (!named) pen.fill();
        pen.strokeStyle = css(paper(studio.dark));
        if (named) pen.strokeStyle = ink(studio.dark);
        pen.stroke();
        pen.lineWidth = 1;
      });
    });
    const legend = computed(() => (props.shown.along?.of || []).map((number, i) => ({
      name: props.classes.length ? props.classes[number] : props.about.targets[number],
      colour: css(colours.value[props.classes.length ? number : 0]), value: props.shown.answer?.[number], i,
    })));
    const described = useDescription(() => [say("whatif_curve", { name: field.value.label }), ...legend.value.map((one) => `${one.name}: ${say("whatif_now", { value: props.amount(one.value) })}`)].join(". "));
    watch([() => props.shown, () => studio.dark], redraw);
    return { say, canvas, legend, described };
  },
  template: `
    <div class="plot"><canvas ref="canvas" id="whatif-curve" role="img" :aria-label="described"></canvas></div>
    <ul class="legend" v-if="legend.length > 1 || labelled"><li v-for="one in legend" :key="one.i"><i :style="{ background: one.colour }"></i>{{ one.name }}<b v-if="labelled">{{ amount(one.value) }}</b></li></ul>`,
};
