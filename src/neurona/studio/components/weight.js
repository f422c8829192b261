// A weight or a bias set by hand: which one, and its number.
import { unpack } from "./arrays.js";

export default {
  props: { at: Object, columns: Array },
  emits: ["leave"],
  inject: ["studio", "say", "ask"],
  data() {
    return { layer: this.at.layer, to: this.at.to, from: this.at.from, value: "", typed: false };
  },
  computed: {
    targets() {
      return this.columns.slice(1).map((column, i) => ({ name: column.title, layer: i }));
    },
    units() {
      return this.named(this.columns[this.layer + 1]);
    },
    sources() {
      return [...this.named(this.columns[this.layer]), { name: this.say("bias_word"), place: "bias" }];
    },
    now() {
      const weights = this.studio.frame?.scene.weights[this.layer];
      if (!weights) return "";
      const [w, b] = [unpack(weights.w), unpack(weights.b)];
      return this.from === "bias" ? b.numbers[this.to] : w.numbers[this.to * w.shape[1] + this.from];
    },
  },
  watch: {
    at(at) {
      Object.assign(this, { layer: at.layer, to: at.to, from: at.from });
      this.show();
    },
    // What is typed stands until it is set: frames of the training come in between.
    now() {
      if (!this.typed) this.show();
    },
    layer() {
      this.to = Math.min(this.to, this.units.length - 1);
      if (this.from !== "bias") this.from = Math.min(this.from, this.sources.length - 2);
    },
  },
  mounted() {
    this.show();
    this.$refs.value.focus();
  },
  methods: {
    named(column) {
      return Array.from({ length: column.shown }, (_, i) => ({ name: column.called[i] || String(i + 1), place: i }));
    },
    show() {
      this.typed = false;
      if (Number.isFinite(this.now)) this.value = String(parseFloat(this.now.toPrecision(6)));
      // What is typed next takes its place, also where a frame has come in between.
      this.$nextTick(() => document.activeElement === this.$refs.value && this.$refs.value.select());
    },
    set() {
      this.typed = false;
      const layer = this.columns[this.layer + 1].name, value = this.value === "" ? null : Number(this.value);
      const from = this.from === "bias" ? null : (this.columns[this.layer].sources?.[this.from] ?? this.from);
      this.ask("weight", { layer, to: this.to, from, value, key: "weight" });
    },
  },
  template: `
    <form class="by-hand" novalidate :style="at.style" :aria-label="say('by_hand')" @submit.prevent="set" @keydown.esc.stop="$emit('leave')">
      <div class="which">
        <select v-model.number="layer" id="hand-layer" :aria-label="say('layer')"><option v-for="one in targets" :key="one.layer" :value="one.layer">{{ one.name }}</option></select>
        <select v-model="from" id="hand-from" :aria-label="say('hand_from')"><option v-for="one in sources" :key="one.place" :value="one.place">{{ one.name }}</option></select>
        <span aria-hidden="true">→</span>
        <select v-model.number="to" id="hand-to" :aria-label="say('hand_to')"><option v-for="one in units" :key="one.place" :value="one.place">{{ one.name }}</option></select>
        <button type="button" class="plain" :aria-label="say('close')" @click="$emit('leave')">×</button></div>
      <label for="hand-value">{{ from === "bias" ? say("bias_word") : say("weight_word") }}</label>
      <input ref="value" id="hand-value" type="number" step="any" v-model="value" @input="typed = true" @change="set" />
    </form>`,
};
