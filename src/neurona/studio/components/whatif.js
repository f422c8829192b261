// What if: the values of a row as controls, the net's answer to them, and its course along one column.
import { computed, inject, ref, watch } from "vue";
import { font, rem, short, ticks, useCanvas } from "./canvas.js";
import { classColours, css } from "./colours.js";
import Icon from "./icons.js";
import Sampler from "./sampler.js";
import Shares from "./shares.js";

export default {
  components: { Icon, Sampler, Shares },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look"), palette = inject("palette");
    const shown = computed(() => studio.frame?.scene.whatif), about = computed(() => studio.state?.scene.about.whatif);
    const classes = computed(() => studio.state?.scene.classes || []);
    const fields = computed(() => about.value.fields.map((field, i) => ({ ...field, ...shown.value.cells[i], id: `whatif-${i}` })));
    // What was changed, before the session has answered too: wishes that follow one another quickly must hold all of it.
    const changes = ref({});
    const texts = () => Object.fromEntries(fields.value.filter((one) => one.as_it_was !== undefined).map((one) => [one.name, one.text]));
    watch(() => [shown.value?.sample, shown.value?.cells.length], () => (changes.value = shown.value ? texts() : {}), { immediate: true });
    const changed = computed(() => fields.value.some((one) => one.as_it_was !== undefined));
    function set(field, text) {
      changes.value = { ...changes.value, [field.name]: String(text) };
      look({ set: changes.value, along: field.name });
    }
    const days = (at) => new Date(Date.UTC(2000, 0, 1) + Math.round(at) * 864e5).toISOString().slice(0, 10);
    function slide(field, event) {
      const at = event.target.value;
      set(field, field.kind === "date" ? days(Number(at)) : at.replace(".", about.value.decimal));
    }
    function back() {
      changes.value = {};
      look({ set: {} });
    }
    function along(name) {
      if (shown.value.along?.name !== name) look({ along: name, set: changes.value });
    }
    function row(event) {
      const number = Math.round(Number(event.target.value));
      if (number >= 1 && number <= shown.value.count) look({ sample: number - 1 });
      else event.target.value = shown.value.sample + 1;
    }
    const share = (field) => `${Math.max(0, Math.min(100, (100 * ((field.at ?? field.low) - field.low)) / (field.high - field.low || 1)))}%`;

    // ------------------------------------------------------------------ the answer
    const labelled = computed(() => studio.state?.scene.task === "multilabel");
    const percent = (value) => (Number.isFinite(value) ? value.toLocaleString(studio.language, { style: "percent", maximumFractionDigits: 1 }) : "–");
    const digits = (value) => {
      const size = Math.abs(value);
      return Number.isFinite(value) && (size === 0 || (size >= 1e-3 && size < 1e7)) ? value.toLocaleString(studio.language, { maximumSignificantDigits: 5, useGrouping: size >= 1e4 }) : short(value);
    };
    const likeliest = (answer) => answer.indexOf(Math.max(...answer));
    const inWords = (answer) => (labelled.value ? classes.value.filter((_name, k) => answer[k] >= 0.5).join(", ") || "–" : `${classes.value[likeliest(answer)]} (${percent(Math.max(...answer))})`);
    const said = computed(() => (shown.value.answer ? inWords(shown.value.answer) : "–"));
    const before = computed(() => say("whatif_was", { value: classes.value.length ? inWords(shown.value.before) : shown.value.before.map(digits).join(", ") }));

    // ------------------------------------------------------------------ the course along a column
    const colours = computed(() => (classes.value.length ? classColours(palette, Math.max(2, classes.value.length), studio.dark) : [studio.dark ? [86, 180, 233] : [0, 114, 178]]));
    const field = computed(() => fields.value.find((one) => one.name === shown.value.along?.name));
    // The scale is that of train, so that it stands still while a control moves.
    const ends = computed(() => {
      if (classes.value.length) return [0, 1];
      const { of, curves } = shown.value.along, found = curves.flat().filter(Number.isFinite);
      const ranges = of.flatMap((number) => about.value.range[number]);
      const [low, high] = [Math.min(...ranges, ...found), Math.max(...ranges, ...found)];
      return high > low ? [low, high] : [low - 1, high + 1];
    });
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      const course = shown.value?.along;
      if (!course || !field.value) return;
      const { places, curves, of } = course, named = field.value.kind === "category";
      const [left, under, top, right] = [rem(3.1), rem(1.6), rem(0.5), rem(0.7)], [low, high] = ends.value;
      const [first, last] = [places[0], places.at(-1)];
      const step = named ? (width - left - right) / places.length : 0;
      const x = (place) => (named ? left + (place + 0.5) * step : left + ((place - first) / (last - first || 1)) * (width - left - right));
      const y = (value) => top + (height - top - under) * (1 - (value - low) / (high - low));
      const grey = css(studio.dark ? [170, 180, 192] : [95, 107, 122]);
      pen.font = font(12);
      pen.textBaseline = "middle";
      for (const tick of ticks(low, high, Math.max(2, Math.min(5, Math.floor(height / rem(3)))))) {
        pen.strokeStyle = css(studio.dark ? [45, 56, 70] : [228, 231, 236]);
        pen.beginPath();
        pen.moveTo(left, y(tick));
        pen.lineTo(width - right, y(tick));
        pen.stroke();
        pen.fillStyle = grey;
        pen.textAlign = "right";
        pen.fillText(classes.value.length ? `${Math.round(100 * tick)} %` : short(tick), left - 5, y(tick));
      }
      pen.textBaseline = "top";
      pen.textAlign = "center";
      const labels = named ? places.map((place) => [place, field.value.values[place]]) : ticks(first, last, Math.max(2, Math.floor(width / rem(6)))).map((tick) => [tick, field.value.kind === "date" ? days(tick) : short(tick)]);
      for (const [place, label] of labels) {
        const room = Math.min(pen.measureText(label).width, named ? step - 4 : rem(7)) / 2;
        pen.fillStyle = grey;
        pen.fillText(label, Math.max(room, Math.min(width - room, x(place))), height - under + 6, named ? step - 4 : rem(7));
      }
      if (course.at !== null) {
        pen.strokeStyle = css(studio.dark ? [236, 240, 245] : [23, 33, 46]);
        pen.setLineDash([4, 3]);
        pen.beginPath();
        pen.moveTo(x(course.at), top);
        pen.lineTo(x(course.at), height - under);
        pen.stroke();
        pen.setLineDash([]);
      }
      curves.forEach((curve, i) => {
        pen.strokeStyle = pen.fillStyle = css(colours.value[classes.value.length ? of[i] : 0], 1);
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
        const now = shown.value.answer[of[i]];
        if (course.at === null || !Number.isFinite(now)) return;
        pen.beginPath();
        pen.arc(x(course.at), y(now), rem(named ? 0.42 : 0.3), 0, 7);
        if (!named) pen.fill();
        pen.strokeStyle = css(studio.dark ? [22, 28, 36] : [255, 255, 255]);
        if (named) pen.strokeStyle = css(studio.dark ? [236, 240, 245] : [23, 33, 46]);
        pen.stroke();
        pen.lineWidth = 1;
      });
    });
    const legend = computed(() => (shown.value.along?.of || []).map((number, i) => ({
      name: classes.value.length ? classes.value[number] : about.value.targets[number],
      colour: css(colours.value[classes.value.length ? number : 0]), value: shown.value.answer?.[number], i,
    })));
    const amount = (value) => (classes.value.length ? percent(value) : digits(value));
    const described = computed(() => [say("whatif_curve", { name: shown.value.along.name }), ...legend.value.map((one) => `${one.name}: ${say("whatif_now", { value: amount(one.value) })}`)].join(". "));
    watch([shown, () => studio.dark], redraw);
    return { studio, say, look, shown, about, classes, fields, changed, set, slide, back, along, row, share, labelled, said, before, canvas, legend, described, digits, percent };
  },
  template: `
    <section class="whatif" :aria-label="say('whatif')">
      <template v-if="shown && about">
        <div class="row"><Sampler :shown="shown" />
          <label class="pick"><span class="fine">{{ say("whatif_row") }}</span><input type="text" inputmode="numeric" id="whatif-row" :value="shown.sample + 1" @change="row" />
            <span class="fine">/ {{ shown.count.toLocaleString(studio.language) }}, {{ say(shown.split) }}</span></label>
          <button class="text" id="whatif-back" :disabled="!changed" :aria-label="say('whatif_back')" :title="say('whatif_back')" :data-help="say('whatif_back_help')" @click="back"><Icon name="undo" /></button></div>
        <div class="both">
          <div class="fields controls column" role="group" :aria-label="say('whatif_values')">
            <div v-for="field in fields" :key="field.name" class="field" :class="{ wrong: field.problem, changed: field.as_it_was !== undefined, along: shown.along?.name === field.name, number: field.kind !== 'category', date: field.kind === 'date' }" @focusin="along(field.name)">
              <label :for="field.id" :title="field.name">{{ field.name }}</label>
              <select v-if="field.kind === 'category'" :id="field.id" :value="field.text" :aria-describedby="field.id + '-note'" @change="set(field, $event.target.value)">
                <option value="">{{ say("whatif_missing") }}</option><option v-for="value in field.values" :key="value" :value="value">{{ value }}</option></select>
              <template v-else>
                <input type="range" :min="field.low" :max="field.high" :step="field.step" :value="field.at ?? field.low" :style="{ '--at': share(field) }" :aria-label="field.name" :aria-valuetext="field.text"
                  @input="slide(field, $event)" />
                <input type="text" :id="field.id" :value="field.text" autocomplete="off" :aria-invalid="!!field.problem" :aria-describedby="field.id + '-note'" @change="set(field, $event.target.value)" /></template>
              <p class="beside" :id="field.id + '-note'" :class="{ error: field.problem, fine: !field.problem }" :role="field.problem ? 'alert' : null">
                {{ field.problem }} {{ field.hint }} {{ field.note }} <template v-if="field.as_it_was !== undefined">{{ say("whatif_was", { value: field.as_it_was || say("whatif_missing") }) }}</template></p></div>
            <p v-if="about.of > fields.length" class="fine">{{ say("first_of", { count: fields.length }) }}</p></div>
          <div class="said">
            <p v-if="!shown.answer" class="error" role="status">{{ say("whatif_unanswered") }}</p>
            <template v-else-if="classes.length && !labelled"><p class="headline" role="status" id="whatif-answer">{{ said }}</p><Shares :shares="shown.answer.map((one) => one ?? 0)" :truth="shown.truth" /></template>
            <template v-else-if="labelled"><p class="headline" role="status" id="whatif-answer">{{ said }}</p></template>
            <dl v-else id="whatif-answer" role="status"><template v-for="(name, i) in about.targets" :key="name"><div class="main"><dt>{{ name }}, {{ say("predicted_value") }}</dt><dd>{{ digits(shown.answer[i]) }}</dd></div>
              <div class="main"><dt>{{ say("true_value") }}</dt><dd>{{ digits(shown.true[i]) }}</dd></div></template></dl>
            <p v-if="changed" class="fine" id="whatif-before">{{ before }}</p>
            <template v-if="shown.along">
              <label class="pick"><span class="fine">{{ say("whatif_along") }}</span>
                <select id="whatif-along" :value="shown.along.name" @change="along($event.target.value)"><option v-for="field in fields" :key="field.name" :value="field.name">{{ field.name }}</option></select></label>
              <div class="plot"><canvas ref="canvas" id="whatif-curve" role="img" :aria-label="described"></canvas></div>
              <ul class="legend" v-if="legend.length > 1 || labelled"><li v-for="one in legend" :key="one.i"><i :style="{ background: one.colour }"></i>{{ one.name }}<template v-if="labelled"> {{ percent(one.value) }}</template></li></ul></template></div></div>
      </template>
    </section>`,
};
