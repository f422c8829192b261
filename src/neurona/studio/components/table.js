// Which column of an uploaded table is to be predicted.
export default {
  inject: ["studio", "say", "ask"],
  data() {
    return { target: this.studio.table.columns.at(-1) };
  },
  mounted() {
    this.$refs.dialog.showModal();
  },
  methods: {
    use() {
      this.ask("table", { file: this.studio.table.file, target: this.target });
    },
    leave() {
      this.studio.table = null;
    },
  },
  template: `
    <dialog ref="dialog" class="dialog table" :aria-label="say('target')" @close="leave">
      <form class="inside" @submit.prevent="use">
        <div class="top"><h2>{{ studio.table.file }}</h2></div>
        <label for="target">{{ say("target") }}</label>
        <select id="target" v-model="target">
          <option v-for="name in studio.table.columns" :key="name" :value="name">{{ name }}</option></select>
        <p class="fine">{{ say("target_help") }}</p>
        <p v-if="studio.problem" class="error" role="alert">
          <strong>{{ studio.problem.problem }}</strong> {{ studio.problem.hint }}</p>
        <div class="buttons"><button type="button" class="text" @click="leave">{{ say("cancel") }}</button>
          <button class="text strong" id="use-table">{{ say("use_table") }}</button></div>
      </form>
    </dialog>`,
};
