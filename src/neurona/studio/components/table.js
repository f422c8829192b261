// An uploaded table: what is to be predicted, and from which columns; or nothing, and its rows are given back.
export default {
  inject: ["studio", "say", "ask"],
  data() {
    const columns = this.studio.table.columns;
    const usable = columns.filter((column) => column.kind !== "ignore" && column.kind !== "wrong");
    const last = (usable.at(-1) || columns.at(-1)).name;
    return { last, target: last, seen: usable.map((column) => column.name), back: false };
  },
  computed: {
    columns() {
      return this.studio.table.columns;
    },
    chosen() {
      return this.columns.map((column) => column.name).filter((name) => name !== this.target && this.seen.includes(name));
    },
    // A recipe names the features only where they are not all columns that are of use.
    features() {
      const usable = this.columns.filter((column) => !["ignore", "wrong"].includes(column.kind) && column.name !== this.target);
      const left = this.columns.some((column) => column.kind === "wrong" && column.name !== this.target);
      return left || usable.length !== this.chosen.length ? this.chosen : null;
    },
  },
  watch: {
    // Rows may be given back without a column that names them; what is predicted is one.
    back(back) {
      if (!back) this.target ??= this.last;
    },
  },
  mounted() {
    this.$refs.dialog.showModal();
  },
  // A dialog that is closed gives the focus back; one that is only taken away would lose it.
  beforeUnmount() {
    this.$refs.dialog.close();
  },
  methods: {
    use() {
      this.ask("table", { file: this.studio.table.file, target: this.target, features: this.features, back: this.back });
    },
    useless(column) {
      return column.kind === "ignore" || column.kind === "wrong";
    },
    leave() {
      this.studio.table = null;
    },
  },
  template: `
    <dialog ref="dialog" class="dialog table" :aria-label="say('target')" @close="leave">
      <form class="inside" @submit.prevent="use">
        <div class="top"><h2>{{ studio.table.file }}</h2></div>
        <div class="goal"><label for="target">{{ say(back ? "target_back" : "target") }}</label>
          <select id="target" v-model="target">
            <option v-if="back" :value="null">{{ say("no_column") }}</option>
            <option v-for="column in columns" :key="column.name" :value="column.name">{{ column.name }}</option></select></div>
        <label class="tick"><input type="checkbox" id="give-back" v-model="back" /> {{ say("give_back") }}</label>
        <p class="fine">{{ say("target_help") }}</p>
        <div class="sheet-of-columns"><table>
          <thead><tr><th scope="col">{{ say("seen") }}</th><th scope="col">{{ say("column") }}</th><th scope="col">{{ say("kind") }}</th><th scope="col">{{ say("example") }}</th></tr></thead>
          <tbody><template v-for="(column, i) in columns" :key="column.name">
            <tr :class="{ target: column.name === target, useless: useless(column) }">
              <td><input v-if="column.name !== target" type="checkbox" :id="'sees-' + i" :value="column.name" v-model="seen" :disabled="useless(column)" /></td>
              <td><label :for="'sees-' + i">{{ column.name }}</label></td>
              <td>{{ column.name === target ? say(back ? "names_rows" : "predicted") : column.kind ? say("kind_" + column.kind) : "" }}</td>
              <td class="fine">{{ column.example }}</td></tr>
            <tr v-if="useless(column) && column.name !== target" class="why"><td></td><td colspan="3" :class="{ error: column.problem }">
              {{ column.problem || column.reason }} {{ column.hint }}</td></tr></template></tbody></table></div>
        <p v-if="studio.problem" class="error" role="alert">
          <strong>{{ studio.problem.problem }}</strong> {{ studio.problem.hint }}</p>
        <p v-else-if="!chosen.length" class="error" role="status">{{ say("none_seen") }}</p>
        <div class="buttons"><button type="button" class="text" @click="leave">{{ say("cancel") }}</button>
          <button class="text strong" id="use-table" :disabled="!chosen.length">{{ say("use_table") }}</button></div>
      </form>
    </dialog>`,
};
