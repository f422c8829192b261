// The page: it keeps what the session has told, hands it to the views, and sends what a person does back.
import { markRaw, reactive } from "vue";
import asking from "neurona-studio/asking.js";
import Composition from "neurona-studio/composition.js";
import Confusion from "neurona-studio/confusion.js";
import Controls from "neurona-studio/controls.js";
import Curves from "neurona-studio/curves.js";
import { dropped } from "neurona-studio/dropped.js";
import Editor from "neurona-studio/editor.js";
import { whole } from "neurona-studio/figures.js";
import Features from "neurona-studio/features.js";
import Full from "neurona-studio/full.js";
import Gallery from "neurona-studio/gallery.js";
import Heading from "neurona-studio/heading.js";
import hearing from "neurona-studio/hearing.js";
import Idle from "neurona-studio/idle.js";
import Network from "neurona-studio/network.js";
import Pins from "neurona-studio/pins.js";
import Recipes from "neurona-studio/recipes.js";
import { roomKept } from "neurona-studio/room.js";
import Seeds from "neurona-studio/seeds.js";
import Stage from "neurona-studio/stage.js";
import Table from "neurona-studio/table.js";
import { pinsKept, keepPins } from "neurona-studio/stored.js";
import Tour from "neurona-studio/tour.js";
import Wait from "neurona-studio/wait.js";
import Walk from "neurona-studio/walk.js";

const KEPT = "neurona-studio";
const WIDE = "(min-width: 2200px)";
// Problems with these keys are told beside their control.
const INLINE = ["data.features", "net.layers"];

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) || {};
  } catch {
    return {};
  }
}

function preferred(languages, fallback) {
  const asked = [kept().language, ...(navigator.languages || []).map((code) => code.slice(0, 2))];
  return asked.find((code) => code in languages) || fallback;
}

export default {
  components: { Composition, Confusion, Controls, Curves, Editor, Features, Full, Gallery, Heading, Idle, Network, Pins, Recipes, Seeds, Stage, Table, Tour, Wait, Walk },
  mixins: [asking, hearing],
  props: { visitor: String, words: Object, language: String, palette: Array, most: Number },
  emits: ["command"],
  data() {
    const dark = kept().dark ?? matchMedia("(prefers-color-scheme: dark)").matches;
    const studio = reactive({
      language: preferred(this.words, this.language),
      dark,
      offers: null,
      state: null,
      room: roomKept(),
      frame: null,
      // The frame that was there when the state was told: it is of the data and the net before.
      before: null,
      history: markRaw([]),
      metrics: {},
      speed: "fast",
      problem: null,
      remarks: [],
      hint: "",
      busy: "",
      table: null,
      walk: null,
      samples: null,
      pins: markRaw(pinsKept()),
      band: null,
      editing: matchMedia(WIDE).matches,
      choosing: false,
      connected: true,
      inSight: "",
      // The view that was asked for last, until the session has shown it.
      sought: "",
      // Changes of the recipe by key that the session has not answered yet.
      asked: {},
      drawing: false,
      touring: false,
      full: null,
      wait: null,
      // Whether the page has asked for training or for an end of it, until a frame knows of that.
      wanted: null,
      get running() {
        return this.wanted ?? !!this.frame?.running;
      },
      stopped: false,
      idle: 0,
      resting: false,
    });
    return { studio, dropping: false, cameFrom: null };
  },
  provide() {
    return {
      studio: this.studio,
      say: this.say,
      ask: this.ask,
      look: this.look,
      palette: this.palette,
      visitor: this.visitor,
      most: this.most,
    };
  },
  computed: {
    // A net that is listed layer by layer leaves more room to what it does.
    broad() {
      return this.studio.state ? this.studio.state.scene.net.layers.length === 0 : this.studio.room.broad;
    },
    // What the editor shows already is not said twice.
    marked() {
      if (INLINE.some((part) => part === this.studio.problem.key && document.querySelector(`[data-problems="${part}"]`))) return true;
      return this.studio.table || this.studio.walk || (this.studio.editing && (this.studio.problem.line || this.studio.problem.from === "toml"));
    },
    // Where others have the place, or a net is waited for, what lies under the sentence about it can neither be used nor
    // have the focus.
    covered() {
      return !!this.studio.full || this.studio.resting || !!this.studio.wait;
    },
    shape() {
      if (!this.studio.state) return { main: false, confusion: this.studio.room.confusion };
      const views = this.studio.state?.scene.views || [];
      return { main: !!this.studio.inSight, confusion: views.includes("confusion") && this.studio.inSight !== "confusion" };
    },
  },
  watch: {
    "studio.pins": (pins) => keepPins(pins),
    "studio.walk"(walk) {
      if (!walk) this.closed = this.wishes;
    },
    "studio.dark": { immediate: true, handler: "paint" },
    "studio.language"(code) {
      this.remember();
      this.studio.hint = "";
      document.documentElement.lang = code;
      // A problem stays in sight: the session says its own again.
      const { problem } = this.studio;
      this.ask("language", problem ? { language: code, problem: problem.from } : { language: code });
    },
  },
  mounted() {
    document.documentElement.lang = this.studio.language;
    window.addEventListener("keydown", this.key);
    window.addEventListener("hashchange", this.follow);
    window.addEventListener("pagehide", this.leave);
    window.addEventListener("pageshow", this.comeBack);
    this.wishes = 0;
    this.begin();
    this.listen();
    this.hello();
  },
  beforeUnmount() {
    window.removeEventListener("keydown", this.key);
    window.removeEventListener("hashchange", this.follow);
    window.removeEventListener("pagehide", this.leave);
    window.removeEventListener("pageshow", this.comeBack);
  },
  methods: {
    async drop(event) {
      this.dropping = false;
      const file = await dropped(event.dataTransfer);
      if (file) this.$refs.gallery.upload(file);
    },
    say(key, filled = {}) {
      const sentence = this.words[this.studio.language][key] ?? key;
      return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in filled ? filled[name] : whole));
    },
    counts(samples) {
      return Object.fromEntries(Object.entries(samples).map(([split, count]) => [split, whole(count)]));
    },
    paint() {
      document.documentElement.dataset.theme = this.studio.dark ? "dark" : "light";
      this.remember();
    },
    remember() {
      try {
        localStorage.setItem(KEPT, JSON.stringify({ language: this.studio.language, dark: this.studio.dark }));
      } catch {
        // a browser that keeps nothing asks again the next time
      }
    },
    toggle() {
      this.ask(this.studio.running ? "pause" : "play");
    },
    key(event) {
      if (event.key === "Escape" && this.studio.problem && !this.marked && !document.querySelector("dialog[open]")) this.studio.problem = null;
      const typing = event.target.closest?.("input:not([type=range]):not([type=checkbox]), select, textarea, dialog");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || !this.studio.state || this.covered) return;
      const onButton = event.target.closest?.("button, a, summary, [type=checkbox]");
      const onSlider = event.target.closest?.("[type=range]");
      if (event.key === " " && !onButton) this.toggle();
      else if (event.key === "ArrowRight" && !onSlider) this.ask("step");
      else if (event.key === "r" || event.key === "R") this.ask("reset");
      else if (event.key === "t" || event.key === "T") this.studio.editing = !this.studio.editing;
      else if (event.key === "b" || event.key === "B") this.ask("batch");
      else if (event.key === "p" || event.key === "P") this.ask("pin");
      else if (event.key === "o" || event.key === "O") this.ask("walk");
      else return;
      event.preventDefault();
    },
    // The focus goes back to where it was.
    dismiss() {
      this.studio.problem = null;
      this.cameFrom?.focus();
    },
    // What the pointer is on, else what has the focus of the keyboard.
    explain(event) {
      const helped = (it) => it?.closest?.("[data-help]")?.dataset.help;
      this.studio.hint = helped(event.target) || helped(document.querySelector(":focus-visible")) || "";
    },
  },
  template: `
    <div class="studio" :class="{ editing: studio.editing }" @pointerover="explain" @focusin="explain">
      <Tour />
      <Heading :inert="covered" @toggle="toggle" @remark="remarked" />
      <div class="rooms" :class="{ broad }" :inert="covered" :aria-busy="!studio.state">
        <Editor v-show="studio.editing" />
        <section class="panel data" :class="{ dropping }" :aria-label="say('data')" @dragover.prevent="dropping = true" @dragleave="dropping = false" @drop.prevent="drop">
          <h2>{{ say("data") }}</h2>
          <Gallery ref="gallery" />
          <Features />
          <Controls section="data" class="column" />
          <p v-if="studio.state" class="fine samples">{{ say("samples_of", counts(studio.state.scene.samples)) }}</p>
          <p v-if="studio.state?.recipe.about" class="fine about"><b>{{ studio.state.recipe.data }}</b> {{ studio.state.recipe.about }}</p>
          <Composition />
          <details v-if="studio.state?.scene.notes.length" class="notes">
            <summary>{{ say("notes") }}</summary>
            <ul><li v-for="note in studio.state.scene.notes" :key="note">{{ note }}</li></ul>
          </details>
        </section>
        <section class="panel fit" :aria-label="say('fit')">
          <div class="top"><h2>{{ say("fit") }}</h2><Seeds /></div>
          <Controls section="fit" class="row" />
        </section>
        <Network class="panel net" />
        <div class="watch" :class="{ pair: shape.confusion, solo: !shape.main && !studio.drawing && studio.state, pinned: studio.pins.length }">
          <Stage v-if="shape.main || studio.drawing || !studio.state" />
          <Pins v-if="studio.pins.length && studio.state" />
          <Curves class="panel curves" />
          <Confusion v-if="shape.confusion" class="panel small" />
        </div>
      </div>
      <footer class="hint" :inert="covered"><span aria-hidden="true">{{ studio.hint || say("keys") + " " + say("keys_more") }}</span>
        <button id="tour" @click="studio.touring = true">{{ say("tour") }}</button></footer>
      <div class="remarks" role="status">
        <p v-for="remark in studio.remarks" :key="remark.id">{{ remark.text }}</p>
      </div>
      <div v-if="studio.problem && !marked" class="problem" :class="{ beside: studio.problem.from === 'take' }" role="alert">
        <p><strong>{{ studio.problem.problem }}</strong> {{ studio.problem.hint }}</p>
        <button class="plain" id="problem-close" :aria-label="say('close')" @focus="cameFrom = $event.relatedTarget" @click="dismiss">×</button>
      </div>
      <div v-if="!studio.connected" class="lost" role="alert">
        <template v-if="studio.stopped"><b>{{ say("stopped") }}</b> {{ say("stopped_hint") }}</template>
        <template v-else>{{ say("lost") }} {{ say("reconnecting") }}</template></div>
      <Idle v-if="studio.idle || studio.resting" />
      <Full v-if="studio.full" />
      <Wait v-if="studio.wait" />
      <Recipes v-if="studio.choosing" />
      <Table v-if="studio.table" :key="studio.table.file" />
      <Walk v-if="studio.walk" />
    </div>`,
};
