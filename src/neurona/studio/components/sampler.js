// Which sample is looked at: the one before, the next, of all or of one class.
import { whole } from "./figures.js";
import Icon from "./icons.js";

export default {
  components: { Icon },
  inject: ["studio", "say", "look"],
  props: { shown: Object },
  data: () => ({ wanted: null }),
  // What was chosen stands until it is there, or refused.
  watch: {
    "studio.sought"(view) {
      if (!view) this.wanted = null;
    },
  },
  computed: {
    classes() {
      return Number.isInteger(this.shown.truth) ? this.studio.state.scene.classes : [];
    },
    place() {
      return this.say("sample_of", { number: whole(this.shown.sample + 1), count: whole(this.shown.count), split: this.say(this.shown.split) });
    },
  },
  methods: {
    keep(event) {
      const number = (this.wanted = Number(event.target.value));
      this.look({ class: number < 0 ? null : number });
    },
  },
  template: `
    <div class="sampler" role="group" :aria-label="say('sample')">
      <button class="text" id="sample-before" :aria-label="say('sample_before')" @click="look({ move: -1 })"><Icon name="back" /></button>
      <button class="text" id="sample-next" :aria-label="say('sample_next')" @click="look({ move: 1 })"><Icon name="next" /></button>
      <select v-if="classes.length" id="sample-class" :value="wanted ?? shown.class ?? -1" :aria-label="say('of_class')" :title="say('of_class')" @change="keep">
        <option value="-1">{{ say("all") }}</option>
        <option v-for="(name, i) in classes" :key="name" :value="i">{{ name }}</option></select>
      <span class="fine">{{ place }}</span>
    </div>`,
};
