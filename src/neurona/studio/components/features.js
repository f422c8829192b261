// What the net sees of the points: switches with small maps of each feature, and formulas of one's own.
import { nextTick } from "vue";
import { unpack } from "./arrays.js";
import { parts } from "./breaks.js";
import { signed } from "./colours.js";
import Icon from "./icons.js";

export default {
  components: { Icon },
  inject: ["studio", "say", "ask"],
  data: () => ({ formula: "", adding: false }),
  computed: {
    offered() {
      return this.studio.state?.features || [];
    },
    columns() {
      return this.studio.state.scene.points?.columns || [];
    },
    // What was chosen, before the session has answered too: switches that follow one another quickly must hold all of it.
    used() {
      if ("data.features" in this.studio.asked) return this.studio.asked["data.features"] ?? this.columns;
      return this.offered.filter((one) => one.on).map((one) => one.text);
    },
    problem() {
      return this.studio.problem?.key === "data.features" ? this.studio.problem : null;
    },
  },
  watch: {
    offered: {
      immediate: true,
      handler(now) {
        if (now.some((one) => one.on && one.text === this.formula.trim())) this.formula = "";
        this.drawAll();
      },
    },
    "studio.dark": "drawAll",
  },
  methods: {
    async drawAll() {
      await nextTick();
      // As they stand on the page: a list of references keeps the order in which they were made.
      const maps = this.$el.querySelectorAll?.("canvas") || [];
      this.offered.forEach((one, i) => maps[i] && this.draw(one.map, maps[i]));
    },
    draw(map, canvas) {
      const { numbers, shape } = unpack(map);
      const side = shape[0];
      canvas.width = canvas.height = side;
      const pen = canvas.getContext("2d"), image = pen.createImageData(side, side);
      numbers.forEach((value, at) => {
        const row = Math.floor(at / side);
        image.data.set([...signed((value - 128) / 127, this.studio.dark), 255], 4 * ((side - 1 - row) * side + (at % side)));
      });
      pen.putImageData(image, 0, 0);
    },
    // What a column is called beside its name in formulas, where they differ.
    titled({ text, label }) {
      return /^\w+$/.test(text) && text !== label ? `${label} (${text})` : label;
    },
    parts,
    toggle(one) {
      const own = this.used.filter((text) => this.offered.every((other) => other.text !== text)); // asked for just now
      const on = (other) => this.used.includes(other.text) !== (other === one);
      this.use([...this.offered.filter(on).map((other) => other.text), ...own]);
    },
    // The columns as they stand need no word in the recipe.
    use(wanted) {
      const plain = wanted.length === this.columns.length && wanted.every((text, i) => text === this.columns[i]);
      if (wanted.length) this.ask("change", { key: "data.features", value: plain ? null : wanted });
    },
    async open() {
      this.adding = !this.adding;
      await nextTick();
      this.$refs.field?.focus();
    },
    add() {
      const text = this.formula.trim();
      if (text && !this.used.includes(text)) this.use([...this.used, text]);
    },
  },
  template: `
    <section v-if="offered.length || (!studio.state && studio.room.features)" class="features" data-problems="data.features" :aria-label="say('features')">
      <h3 :data-help="say('features_help')">{{ say("features") }}</h3>
      <div class="switches" role="group" :aria-label="say('features')">
        <template v-if="!studio.state"><span v-for="i in studio.room.features" :key="i" class="blank" aria-hidden="true"><i></i><span>&nbsp;</span></span></template>
        <button v-for="(one, i) in offered" :key="one.text" :aria-pressed="used.includes(one.text)" :aria-label="one.label" :title="titled(one)"
          :disabled="used.length === 1 && used[0] === one.text" :data-help="say('features_help')" @click="toggle(one)">
          <canvas aria-hidden="true"></canvas><span :title="titled(one)"><template v-for="(part, i) in parts(one.label)" :key="i">{{ part }}<wbr /></template></span></button>
        <button v-if="offered.length" id="own-feature" :aria-expanded="adding" :aria-label="say('own_feature_help')" :data-help="say('own_feature_help')" @click="open">
          <Icon name="plus" /><span>{{ say("formula") }}</span></button>
      </div>
      <form v-if="adding" class="own" @submit.prevent="add"><input type="text" id="formula" ref="field" v-model="formula" autocomplete="off" spellcheck="false"
        :placeholder="say('own_feature_example')" :aria-label="say('own_feature')" :data-help="say('own_feature_help')" :aria-invalid="!!problem" />
        <button class="text" id="add-formula" :disabled="!formula.trim()">{{ say("add") }}</button></form>
      <p v-if="problem" class="fine error" role="alert"><b>{{ problem.problem }}</b> {{ problem.hint }}</p>
    </section>`,
};
