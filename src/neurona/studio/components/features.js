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
    used() {
      return this.offered.filter((one) => one.on).map((one) => one.text);
    },
    problem() {
      return this.studio.problem?.key === "data.features" ? this.studio.problem : null;
    },
  },
  watch: {
    offered: { immediate: true, handler: "drawAll" },
    "studio.dark": "drawAll",
    used(texts) {
      if (texts.includes(this.formula.trim())) this.formula = "";
    },
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
      const wanted = this.offered.filter((other) => (other === one ? !one.on : other.on)).map((other) => other.text);
      this.use(wanted);
    },
    // The columns as they stand need no word in the recipe.
    use(wanted) {
      const columns = this.studio.state.scene.points?.columns || [];
      const plain = wanted.length === columns.length && wanted.every((text, i) => text === columns[i]);
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
        <button v-for="(one, i) in offered" :key="one.text" :aria-pressed="one.on" :aria-label="one.label" :title="titled(one)"
          :disabled="one.on && used.length === 1" :data-help="say('features_help')" @click="toggle(one)">
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
