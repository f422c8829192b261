// How many seeds are trained: their band stands in the curves.
const COUNTS = [1, 3, 5, 10];

export default {
  inject: ["studio", "say", "ask"],
  data: () => ({ COUNTS, wanted: 0 }),
  // What was chosen stands until it is there, or refused.
  watch: {
    "studio.band"() {
      if (this.band?.seeds === this.wanted) this.wanted = 0;
    },
    "studio.problem"() {
      this.wanted = 0;
    },
    "studio.state"() {
      if (!this.band) this.wanted = 0;
    },
  },
  computed: {
    band() {
      return this.studio.band;
    },
    word() {
      if (!this.band || this.band.seeds === 1) return "";
      return this.band.share < 1 ? this.say("seeds_share", { share: Math.floor(100 * this.band.share) }) : this.say("seeds_done");
    },
  },
  methods: {
    choose(count) {
      this.wanted = count;
      this.ask("seeds", { count });
    },
  },
  template: `
    <div class="seeds" :data-help="say('seeds_help')">
      <span class="fine" id="seeds-word" role="status">{{ word }}</span>
      <label for="seeds" class="fine">{{ say("seeds") }}</label>
      <select id="seeds" :value="wanted || band?.seeds || 1" @change="choose(Number($event.target.value))">
        <option v-for="count in COUNTS" :key="count" :value="count">{{ count }}</option></select>
    </div>`,
};
