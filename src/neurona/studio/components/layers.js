// The layers of a net in words, each to be changed, taken out or put in; the one that does not fit is marked.
import { nextTick } from "vue";
import Icon from "./icons.js";

export default {
  components: { Icon },
  inject: ["studio", "say", "ask"],
  data: () => ({ words: [], before: null }),
  computed: {
    told() {
      return this.studio.state?.recipe.net.layers || [];
    },
    problem() {
      return this.studio.problem?.key === "net.layers" ? this.studio.problem : null;
    },
    // The problem names the layer by its number and its text, whatever the language: `Layer 4, "pool 2", …`. A recipe
    // that another link or file brought may have others than those in sight.
    wrong() {
      const said = this.problem?.problem.replace(/^recipe\.toml[^:]*: /, "") || "";
      const place = Number(said.match(/\d+/)?.[0]) - 1;
      return this.problem?.from === "change" || said.includes(`"${this.words[place]}"`) ? place : -1;
    },
  },
  watch: {
    told: {
      immediate: true,
      handler(words) {
        // What was refused stays in sight until it is mended: the recipe in force has not changed then.
        if (words.join() !== this.before && !("net.layers" in this.studio.asked)) this.words = [...words];
        this.before = words.join();
      },
    },
    // So do the layers of a text that was refused.
    problem(now, before) {
      if (now?.layers?.length) this.words = [...now.layers];
      else if (!now && before?.layers) this.words = [...this.told];
    },
  },
  methods: {
    send(words) {
      this.words = words;
      this.ask("change", { key: "net.layers", value: words.map((word) => word.trim()).filter(Boolean) });
    },
    change(i, event) {
      const text = event.target.value.trim();
      if (text !== this.told[i] || this.problem) this.send(text ? this.words.with(i, text) : this.words.filter((_, j) => j !== i));
    },
    drop(i) {
      this.send(this.words.filter((_, j) => j !== i));
    },
    async add() {
      this.words = [...this.words, ""];
      await nextTick();
      this.$refs.fields.at(-1).focus();
    },
  },
  template: `
    <div class="words" data-problems="net.layers" role="group" :aria-label="say('layers')" :data-help="say('layers_help')">
      <span v-for="(word, i) in words" :key="i" class="word" :class="{ wrong: i === wrong }">
        <input ref="fields" type="text" :id="'layer-' + (i + 1)" :value="word" :size="Math.max(4, word.length)" spellcheck="false" autocomplete="off"
          :aria-label="say('layer') + ' ' + (i + 1)" :aria-invalid="i === wrong" @change="change(i, $event)" />
        <button :id="'drop-layer-' + (i + 1)" :aria-label="say('remove_layer') + ': ' + word" @click="drop(i)"><Icon name="close" /></button></span>
      <button class="text" id="add-word" @click="add"><Icon name="plus" />{{ say("add_layer") }}</button>
      <p v-if="problem" class="fine error" role="alert"><b>{{ problem.problem }}</b> {{ problem.hint }}</p>
    </div>`,
};
