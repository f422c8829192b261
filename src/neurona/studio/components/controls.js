// The controls of one section of the recipe, as the session describes them.
export default {
  inject: ["studio", "say", "ask"],
  props: { section: String },
  data: () => ({ typing: {}, drafts: {}, later: 0, moved: null }),
  computed: {
    fields() {
      return this.studio.state?.controls[this.section] || [];
    },
    catalogue() {
      return this.studio.offers?.catalogue || {};
    },
  },
  watch: {
    // What was asked for since is not answered yet.
    fields() {
      this.typing = Object.fromEntries(Object.entries(this.typing).filter(([key]) => key in this.studio.asked || key in this.drafts));
    },
  },
  methods: {
    id(field) {
      return field.key.replace(".", "-");
    },
    wrong(field) {
      return this.studio.problem?.key === field.key ? this.studio.problem : null;
    },
    help(field) {
      const about = this.catalogue[field.key.split(".")[1]]?.[field.value];
      return about ? `${field.help} ${field.value}: ${about}` : field.help;
    },
    change(field, value) {
      if (this.moved?.field.key !== field.key) this.settle();
      clearTimeout(this.later);
      this.moved = null;
      this.draft(field, undefined);
      this.ask("change", { key: field.key, value });
    },
    // What is typed stands until it is asked for, whatever the session tells meanwhile.
    draft(field, text) {
      const { [field.key]: _before, ...others } = this.drafts;
      this.drafts = text === undefined ? others : { ...others, [field.key]: text };
    },
    // A slider that was moved just now is asked for at once.
    settle() {
      if (this.moved) this.change(this.moved.field, this.moved.value);
    },
    choose(field, event) {
      const index = Number(event.target.value);
      if (index < 0) this.typing = { ...this.typing, [field.key]: true };
      else this.change(field, field.options[index]);
    },
    // A recipe tells whole numbers from others, and "auto" from a number.
    read(field, text) {
      if (field.optional && text.trim() === "") return null;
      const number = Number(text);
      if (text.trim() === "" || Number.isNaN(number)) return text.trim();
      return number;
    },
    slide(field, event) {
      if (this.moved?.field.key !== field.key) this.settle();
      this.moved = { field, value: Number(event.target.value) };
      clearTimeout(this.later);
      this.later = setTimeout(this.settle, 150);
    },
    // A value beyond the ends of a slider stands in the field alone.
    slides(field) {
      return typeof field.low === "number" && field.value >= field.low && field.value <= field.high;
    },
    // What was chosen, before the session has answered too.
    shown(field) {
      if (this.moved?.field.key === field.key) return this.moved.value;
      return field.key in this.studio.asked ? this.studio.asked[field.key] : field.value;
    },
    option(field, value) {
      return field.now && value === "auto" ? `auto (${field.now})` : String(value);
    },
  },
  template: `
    <div class="controls">
      <template v-if="!studio.state"><span v-for="i in studio.room.controls[section]" :key="i" class="field blank" aria-hidden="true"><label>&nbsp;</label><i></i></span></template>
      <div v-for="field in fields" :key="field.key" class="field" :class="{ wrong: wrong(field), [field.kind]: true, wide: field.kind === 'choice' && String(field.value).length > 9 }"
        :data-help="help(field)">
        <label :for="id(field)">{{ field.label }}</label>
        <template v-if="field.kind === 'choice' && !typing[field.key]">
          <select :id="id(field)" :value="field.options.indexOf(shown(field))" @change="choose(field, $event)"
            :aria-describedby="id(field) + '-help'" :aria-invalid="!!wrong(field)">
            <option v-for="(value, i) in field.options" :key="i" :value="i">{{ option(field, value) }}</option>
            <option v-if="field.free" value="-1">{{ say("other") }}</option>
          </select>
        </template>
        <input v-else-if="field.kind === 'switch'" type="checkbox" role="switch" :id="id(field)" :checked="shown(field)"
          :aria-describedby="id(field) + '-help'" @change="change(field, $event.target.checked)" />
        <template v-else>
          <input v-if="slides(field)" type="range" :min="field.low" :max="field.high"
            :step="field.step" :value="shown(field)" :style="{ '--at': 100 * (shown(field) - field.low) / (field.high - field.low) + '%' }" :aria-label="field.label" @input="slide(field, $event)" />
          <input type="text" inputmode="decimal" :id="id(field)" :value="drafts[field.key] ?? shown(field)" autocomplete="off"
            :placeholder="field.optional ? say('all') : ''"
            :aria-describedby="id(field) + '-help'" :aria-invalid="!!wrong(field)"
            @input="draft(field, $event.target.value)" @change="change(field, read(field, $event.target.value))" @blur="draft(field, undefined)" />
        </template>
        <span class="unseen" :id="id(field) + '-help'">{{ help(field) }}</span>
      </div>
    </div>`,
};
