// All recipes of the package, to search and to open.
export default {
  inject: ["studio", "say", "ask"],
  data: () => ({ query: "" }),
  computed: {
    found() {
      const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
      const all = this.studio.offers?.recipes || [];
      return all.filter((one) => {
        const text = `${one.name} ${one.title} ${one.data} ${one.net}`.toLowerCase();
        return words.every((word) => text.includes(word));
      });
    },
  },
  mounted() {
    this.$refs.dialog.showModal();
  },
  methods: {
    open(name) {
      this.studio.drawing = false;
      this.ask("open", { name });
      this.leave();
    },
    leave() {
      this.studio.choosing = false;
    },
    outside(event) {
      if (event.target === this.$refs.dialog) this.leave();
    },
  },
  template: `
    <dialog ref="dialog" class="dialog recipes" :aria-label="say('recipes')" @close="leave" @click="outside">
      <div class="inside">
        <div class="top"><h2>{{ say("recipes") }}</h2>
          <button class="plain" :aria-label="say('close')" @click="leave">×</button></div>
        <input type="search" id="search" v-model="query" :placeholder="say('search')" :aria-label="say('search')" autofocus
          @keydown.enter="found.length && open(found[0].name)" />
        <ul>
          <li v-for="one in found" :key="one.name">
            <button :id="'recipe-' + one.name" :aria-current="one.name === studio.state?.recipe.name"
              @click="open(one.name)">
              <b>{{ one.name }}</b><span>{{ one.title }}</span><small>{{ one.data }} · {{ one.net }}</small></button>
          </li>
        </ul>
        <p v-if="!found.length" class="fine">{{ say("nothing_found") }}</p>
      </div>
    </dialog>`,
};
