// All recipes of the package by family, to search and to open.
export default {
  inject: ["studio", "say", "ask"],
  data: () => ({ query: "" }),
  computed: {
    found() {
      const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
      const all = this.studio.offers?.recipes || [];
      return all.filter((one) => {
        const text = `${one.name} ${one.title} ${one.data} ${one.net} ${this.say("family_" + one.family)}`.toLowerCase();
        return words.every((word) => text.includes(word));
      });
    },
    // As the session orders them.
    families() {
      const names = [...new Set(this.found.map((one) => one.family))];
      return names.map((name) => ({ name, recipes: this.found.filter((one) => one.family === name) }));
    },
  },
  mounted() {
    this.$refs.dialog.showModal();
    this.$refs.dialog.querySelector("[aria-current=true]")?.scrollIntoView({ block: "center" });
  },
  // A dialog that is closed gives the focus back; one that is only taken away would lose it.
  beforeUnmount() {
    this.$refs.dialog.close();
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
        <p class="fine none" role="status">{{ found.length ? "" : say("nothing_found") }}</p>
        <div v-if="found.length" class="families">
          <section v-for="family in families" :key="family.name" :aria-label="say('family_' + family.name)">
            <h3>{{ say("family_" + family.name) }}</h3>
            <ul>
              <li v-for="one in family.recipes" :key="one.name">
                <button :id="'recipe-' + one.name" :aria-current="one.name === studio.state?.recipe.name" @click="open(one.name)">
                  <b>{{ one.name }}</b><small>{{ one.data }} · {{ one.net }}</small><span>{{ one.title }}</span></button>
              </li>
            </ul>
          </section>
        </div>
      </div>
    </dialog>`,
};
