// Runs that are pinned: small pictures beside the new one, and a table of what differs.
import { computed, inject, markRaw, nextTick, onMounted, ref, watch } from "vue";
import { short } from "./canvas.js";
import { css } from "./colours.js";
import { whole } from "./figures.js";
import Icon from "./icons.js";
import { paintPicture, pinColour } from "./pinned.js";

const SECTIONS = ["data", "net", "fit"];

// A run's picture, as small as a stamp.
const Picture = {
  props: { run: Object },
  setup(props) {
    const studio = inject("studio"), palette = inject("palette"), canvas = ref(null);
    const draw = () => canvas.value && paintPicture(canvas.value, props.run, palette, studio.dark);
    onMounted(draw);
    watch([() => props.run, () => studio.dark], draw);
    return { canvas };
  },
  template: `<canvas ref="canvas" width="160" height="160" aria-hidden="true"></canvas>`,
};

export default {
  components: { Icon, Picture },
  setup() {
    const studio = inject("studio"), say = inject("say");
    const open = ref(false), dialog = ref(null), typed = ref(null);
    const now = computed(() => ({
      name: studio.state.recipe.name, now: true, rows: studio.history, metrics: studio.metrics, test: studio.frame?.test,
      settings: studio.state.settings, view: studio.frame?.scene.surface ? "surface" : studio.frame?.scene.line ? "line" : "",
      picture: studio.frame?.scene.surface || studio.frame?.scene.line, classes: studio.state.scene.classes.length,
    }));
    const runs = computed(() => [now.value, ...studio.pins]);
    const colour = (run) => (run.now ? "var(--accent)" : css(pinColour(run.colour, studio.dark)));
    const metrics = computed(() => [...new Set(runs.value.flatMap((run) => Object.keys(run.metrics)))].slice(0, 4));
    // Runs were pinned in the language of that moment; they are told in the one of now.
    const called = (name, run) => studio.offers?.metrics[name] || run?.metrics[name] || name;
    const label = (name) => called(name, runs.value.find((run) => run.metrics[name]));
    function last(run, split, metric, digits = 4) {
      const value = split === "test" ? run.test?.[metric] : run.rows.at(-1)?.[`${split}_${metric}`];
      return Number.isFinite(value) ? short(Number(value.toPrecision(digits))) : "–";
    }
    function number(run) {
      const split = run.rows.at(-1) && "valid_loss" in run.rows.at(-1) ? "valid" : "train";
      const name = Object.keys(run.metrics).find((one) => one !== "loss") || "loss";
      return [called(name, run), last(run, split, name, 3)];
    }
    function written(value) {
      if (value === undefined || value === null) return "–";
      if (Array.isArray(value)) return value.join(", ");
      return Number.isInteger(value) ? whole(value) : typeof value === "object" ? JSON.stringify(value) : String(value);
    }
    const differing = computed(() => {
      // As the page has them: data, whose name comes first, net and training.
      const place = (key) => SECTIONS.indexOf(key.split(".")[0]) + (key === "data.name" ? -1 : 0);
      const keys = [...new Set(runs.value.flatMap((run) => Object.keys(run.settings)))].sort((a, b) => place(a) - place(b));
      return keys
        .map((key) => ({ key, label: studio.offers?.labels[key.split(".").at(-1)] || runs.value.map((run) => run.settings[key]?.label).find(Boolean), values: runs.value.map((run) => written(run.settings[key]?.value)) }))
        .filter((row) => row.values.some((value) => value !== row.values[0]));
    });
    const section = (key) => say({ data: "data", net: "network", fit: "fit" }[key.split(".")[0]]);
    function show() {
      open.value = true;
      setTimeout(() => dialog.value?.showModal());
    }
    // The focus goes to the next one, or to where the first one came from.
    function drop(run, place) {
      studio.pins = markRaw(studio.pins.filter((one) => one !== run));
      if (!studio.pins.length) open.value = false;
      const next = studio.pins.length ? `unpin-${Math.min(place, studio.pins.length - 1)}` : "pin";
      nextTick(() => document.getElementById(next)?.focus());
    }
    function rename(run, name) {
      typed.value = null;
      run.name = name.trim() || run.name;
      studio.pins = markRaw([...studio.pins]);
    }
    return { studio, say, open, dialog, typed, runs, colour, metrics, label, last, number, differing, section, show, drop, rename, whole };
  },
  template: `
    <section class="panel pins" :aria-label="say('pins')">
      <ul>
        <li v-for="(run, i) in studio.pins" :key="run.id" :style="{ '--own': colour(run) }">
          <Picture v-if="run.picture" :run="run" />
          <span class="about"><b :title="run.name">{{ run.name }}</b><small :title="number(run).join(' ')"><span>{{ number(run)[0] }}</span>{{ number(run)[1] }}</small></span>
          <button class="plain" :id="'unpin-' + i" :aria-label="say('unpin', { name: run.name })" @click="drop(run, i)">×</button></li>
      </ul>
      <button class="round" id="compare" :aria-label="say('compare')" :data-help="say('compare_help')" @click="show"><Icon name="compare" /></button>
      <dialog v-if="open" ref="dialog" class="dialog compare" :style="{ '--runs': runs.length }" :aria-label="say('compare')" @close="open = false" @click="$event.target === dialog && dialog.close()">
        <div class="inside">
          <div class="top"><h2>{{ say("compare") }}</h2><span class="space"></span>
            <button class="plain" id="compare-close" :aria-label="say('close')" @click="dialog.close()">×</button></div>
          <div class="scroll"><table>
            <thead><tr><td></td><th v-for="run in runs" :key="run.id || 'now'" scope="col" :style="{ '--own': colour(run) }">
              <Picture v-if="run.picture" :run="run" />
              <input v-if="!run.now" type="text" :value="typed?.run === run.id ? typed.name : run.name" maxlength="40" :aria-label="say('pin_name')" @input="typed = { run: run.id, name: $event.target.value }" @change="rename(run, $event.target.value)" @blur="typed = null" />
              <b v-else>{{ say("pin_now") }}</b><small class="fine">{{ run.now ? run.name : "" }}&nbsp;</small></th></tr></thead>
            <tbody id="compare-numbers">
              <tr class="head"><th :colspan="runs.length + 1" scope="rowgroup">{{ say("compare_numbers") }}</th></tr>
              <tr data-key="epoch"><th scope="row">{{ say("epoch") }}</th><td v-for="run in runs" :key="run.id || 'now'">{{ run.rows.length ? whole(run.rows.at(-1).epoch) : "–" }}</td></tr>
              <template v-for="split in ['train', 'valid', 'test']" :key="split">
                <tr v-for="metric in metrics" :key="metric"><th scope="row">{{ label(metric) }}, {{ say(split) }}</th>
                  <td v-for="run in runs" :key="run.id || 'now'">{{ last(run, split, metric) }}</td></tr></template></tbody>
            <tbody id="compare-settings">
              <tr class="head"><th :colspan="runs.length + 1" scope="rowgroup">{{ say(differing.length ? "compare_settings" : "compare_same") }}</th></tr>
              <tr v-for="row in differing" :key="row.key" :data-key="row.key"><th scope="row">{{ row.label }} <span v-if="section(row.key) !== row.label" class="fine">{{ section(row.key) }}</span></th>
                <td v-for="(value, i) in row.values" :key="i">{{ value }}</td></tr></tbody>
          </table></div>
        </div>
      </dialog>
    </section>`,
};
