// The main place of the page: the view in sight, with a strip of tabs where several views fit.
import Draw from "./draw.js";
import { VIEWS } from "./views.js";

export default {
  components: { Draw, ...VIEWS },
  inject: ["studio", "say", "look"],
  computed: {
    tabs() {
      return (this.studio.state?.scene.tabs || []).filter((name) => name in VIEWS);
    },
    chosen() {
      return this.tabs.includes(this.studio.inSight) ? this.studio.inSight : this.tabs[0];
    },
  },
  methods: {
    choose(name) {
      if (name !== (this.studio.sought || this.studio.inSight)) this.look({ view: name });
    },
    // Arrows go from tab to tab, as the pattern for tabs of the W3C says.
    step(event) {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      const count = this.tabs.length;
      const name = this.tabs[(this.tabs.indexOf(this.chosen) + by + count) % count];
      this.choose(name);
      this.$el.querySelector(`#tab-${name}`).focus();
    },
  },
  template: `
    <section class="panel main stage" :aria-label="chosen ? say(chosen) : ''">
      <div v-if="tabs.length && !studio.drawing" class="tabs" role="tablist" :aria-label="say('views')" @keydown="step">
        <button v-for="name in tabs" :key="name" role="tab" :id="'tab-' + name" :aria-selected="name === chosen"
          :data-help="say(name + '_help')" @click="choose(name)">{{ say(name + "_tab") }}</button></div>
      <div v-if="!studio.state" class="tabs" aria-hidden="true"><span class="blank"></span></div>
      <div v-if="!studio.state" class="view blank" aria-hidden="true"></div>
      <Draw v-if="studio.drawing" />
      <component v-else-if="chosen" :is="chosen" :key="chosen" class="view" role="tabpanel" />
    </section>`,
};
