// The recipe as TOML: each change of it shows in the controls, and the line of a mistake is marked.
import { nextTick } from "vue";

const PAUSE = 600;

// A text that is being typed, with the lines that a control has changed meanwhile.
function merged(before, told, typed) {
  const [old, fresh, own] = [before, told, typed].map((text) => text.trimEnd().split("\n"));
  if (old.length !== fresh.length || old.length !== own.length) return typed;
  return own.map((line, i) => (fresh[i] === old[i] ? line : fresh[i])).join("\n");
}

export default {
  inject: ["studio", "say", "ask"],
  data: () => ({ text: "", sent: null, later: 0, dirty: false }),
  computed: {
    lines() {
      return this.text.split("\n").length;
    },
    problem() {
      const problem = this.studio.problem;
      return problem && (problem.line || problem.from === "toml") ? problem : null;
    },
    told() {
      return this.studio.state?.recipe.toml;
    },
  },
  watch: {
    // Where it stands in the place of the data, what had the focus there is hidden. A text that was refused is told why
    // once more.
    "studio.editing"(open) {
      if (!open) return;
      const left = document.activeElement;
      nextTick(() => left.closest(".data") && !left.checkVisibility() && this.$refs.area.focus());
      this.apply();
    },
    // So is it where the recipe has not changed, as in another language; out of sight it only stays.
    "studio.state"(_now, before) {
      const differs = this.told.trimEnd() !== this.text.trimEnd();
      if (differs && this.dirty && this.told === this.sent) return; // what was typed since then follows
      if (differs && before && this.told === before.recipe.toml) {
        this.dirty = true;
        if (this.studio.editing) this.apply();
        return;
      }
      const unsent = differs && before && this.dirty && this.text !== this.sent;
      if (differs) {
        const { selectionStart } = this.$refs.area;
        const typing = document.activeElement === this.$refs.area;
        this.text = unsent ? merged(before.recipe.toml, this.told, this.text) : this.told;
        if (typing) nextTick(() => this.$refs.area.setSelectionRange(selectionStart, selectionStart));
      }
      this.dirty = unsent;
    },
  },
  methods: {
    typed() {
      this.dirty = true;
      clearTimeout(this.later);
      this.later = setTimeout(this.apply, PAUSE);
    },
    apply() {
      clearTimeout(this.later);
      if (!this.dirty) return;
      this.sent = this.text;
      this.ask("toml", { text: this.text });
    },
    // The focus goes back to what shows the recipe and hides it.
    leave() {
      this.apply();
      this.studio.editing = false;
      document.getElementById("toml-toggle").focus();
    },
    scrolled() {
      this.$refs.gutter.scrollTop = this.$refs.area.scrollTop;
    },
  },
  template: `
    <section class="panel editor" :aria-label="say('toml')" @keydown.esc="leave">
      <h2>{{ say("toml") }}</h2>
      <div class="sheet">
        <ol ref="gutter" aria-hidden="true"><li v-for="i in lines" :key="i" :class="{ wrong: problem?.line === i }">{{ i }}</li></ol>
        <textarea ref="area" id="toml" v-model="text" spellcheck="false" wrap="off" autocomplete="off"
          autocapitalize="off" :aria-label="say('toml')" :aria-invalid="!!problem" aria-describedby="toml-problem"
          @input="typed" @blur="apply" @scroll="scrolled" @keydown.ctrl.enter="apply" @keydown.meta.enter="apply"></textarea>
      </div>
      <p id="toml-problem" class="fine" role="status" :class="{ error: problem }">
        <template v-if="problem"><b>{{ problem.problem }}</b> {{ problem.hint }}</template>
        <template v-else>{{ say("toml_help") }}</template></p>
    </section>`,
};
