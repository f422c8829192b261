// The page: it keeps what the session has told, hands it to the views, and sends what a person does back.
import { markRaw, reactive } from "vue";
import { linkOf } from "neurona-studio/address.js";
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
import Idle from "neurona-studio/idle.js";
import Network from "neurona-studio/network.js";
import Pins from "neurona-studio/pins.js";
import Recipes from "neurona-studio/recipes.js";
import { MOST_PINS } from "neurona-studio/pinned.js";
import { isTold, keepRoom, roomKept } from "neurona-studio/room.js";
import Seeds from "neurona-studio/seeds.js";
import Stage from "neurona-studio/stage.js";
import Table from "neurona-studio/table.js";
import { pinsKept, keepPins, keepSession, sessionKept } from "neurona-studio/stored.js";
import Tour from "neurona-studio/tour.js";
import Wait from "neurona-studio/wait.js";
import Walk from "neurona-studio/walk.js";
import { joined } from "neurona-studio/wishes.js";

const KEPT = "neurona-studio";
const WIDE = "(min-width: 2200px)";
const REMARK = 5000;
// So long pictures of a net may stand beside another one that is not shown yet, in ms.
const STALE = 300;
// So long a connection may be lost before the page says that Studio does not answer, in ms.
const MISSING = 5000;
const PATIENCE = 3000;
// Problems with these keys are told beside their control.
const INLINE = ["data.features", "net.layers"];
// Problems that the page itself has words for, or that have no words in a language.
const OWN = ["upload", "fault"];
// What a person wants of the training with it, until a frame comes that knows of it; null where it is to go on as it was.
const WANTED = { play: true, pause: false, step: false, batch: false, walk: false, open: false, link: false, reset: false, stop: null };
// What a page that is loaded anew may hear of the one before, and is told anew.
const OF_A_RECIPE = ["state", "frame", "looked", "walk", "samples", "pin", "band"];
// What the session may take its time for; the page says so after half a second.
const SLOW = ["hello", "open", "link", "toml", "change", "table", "points", "reset", "walk", "play", "step"];

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

// What two states agree in where what is shown of the one can stand beside the other for a moment.
function kindOf({ recipe, scene }) {
  return JSON.stringify([recipe.net, scene.name, scene.shape, scene.classes.length]);
}

export default {
  components: { Composition, Confusion, Controls, Curves, Editor, Features, Full, Gallery, Heading, Idle, Network, Pins, Recipes, Seeds, Stage, Table, Tour, Wait, Walk },
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
      // A problem stays in sight: the session says its own again, the page has its own words for the others.
      const { problem } = this.studio;
      this.staying = OWN.includes(problem?.from) ? problem : null;
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
    // ---------------------------------------------------------------- to the session
    // Each word to the session has a number, and what it tells says which it has heard. These are the numbers of what the page
    // shows on its own account until then; a table stays open until it is used.
    begin() {
      Object.assign(this, { wanting: 0, changing: 0, hastening: 0, seeking: 0, using: Infinity, looking: null, wish: null });
      Object.assign(this.studio, { wanted: null, asked: {}, sought: "", band: null });
    },
    ask(what, more = {}) {
      if (SLOW.includes(what)) {
        clearTimeout(this.waiting);
        this.waiting = setTimeout(() => (this.studio.busy ||= "busy"), 500);
      }
      if (what !== "drawn") this.studio.idle = 0;
      const wish = ++this.wishes;
      if (what in WANTED) {
        this.studio.wanted = WANTED[what];
        this.wanting = wish;
      }
      if (what === "change") {
        this.studio.asked = { ...this.studio.asked, ...(more.changes || { [more.key]: more.value }) };
        this.changing = wish;
      }
      if (what === "speed") this.hastening = wish;
      if (what === "look") this.seeking = wish;
      if (what === "table") this.using = wish;
      this.$emit("command", { do: what, wish, ...more });
    },
    hello(more = {}) {
      this.ask("hello", { language: this.studio.language, link: linkOf(location.hash), known: isTold(), session: sessionKept(), ...more });
    },
    // One wish at a time is on its way; those that come meanwhile are sent as one.
    look(wish, state = this.studio.state) {
      if (wish.view) this.studio.sought = wish.view;
      this.studio.sought ||= this.studio.inSight;
      if (this.looking && performance.now() - this.looking < PATIENCE) {
        this.wish = joined(this.wish, wish);
        this.wished = state;
        return;
      }
      this.looking = performance.now();
      this.watched = state;
      this.ask("look", { view: this.studio.inSight, ...wish });
    },
    looked(message) {
      const { studio } = this;
      studio.inSight = message.view;
      if (studio.frame) {
        studio.frame = markRaw({ ...studio.frame, scene: { ...studio.frame.scene, [message.view]: markRaw(message.shown) } });
      }
      this.answered();
    },
    answered() {
      const wish = this.wish;
      this.looking = this.wish = null;
      if (wish) this.look(wish, this.wished);
      else this.studio.sought = "";
    },
    // The page's socket is made after its parts.
    listen() {
      if (!window.socket) {
        setTimeout(this.listen, 100);
        return;
      }
      window.socket.on("disconnect", () => {
        this.studio.connected = false;
        this.missing = setTimeout(() => (this.studio.stopped = !this.studio.connected), MISSING);
      });
      window.socket.on("connect", () => {
        clearTimeout(this.missing);
        Object.assign(this.studio, { connected: true, stopped: false });
      });
    },
    // Whoever closes the page makes room for another one.
    leave() {
      navigator.sendBeacon(`/studio/leave/${this.visitor}`);
    },
    // A browser may keep a page that was left, whose session has ended.
    comeBack(event) {
      if (event.persisted) location.reload();
    },
    follow() {
      const link = linkOf(location.hash);
      if (link !== this.studio.state?.recipe.link) this.ask("link", { link });
    },
    // ---------------------------------------------------------------- from the session
    receive(message) {
      if (!this.studio.offers && OF_A_RECIPE.includes(message.kind)) return;
      // A state has a frame after it.
      if (["problem", "walk", "frame"].includes(message.kind)) {
        clearTimeout(this.waiting);
        if (["busy", "upload"].includes(this.studio.busy)) this.studio.busy = "";
      }
      const hear = { offers: "offered", state: "stated", frame: "framed", problem: "failed", remark: "remarked" };
      const more = { table: "tabled", file: "delivered", gone: "ended", fault: "faulted", looked: "looked" };
      const opening = { walk: "walked", samples: "sampled", pin: "pinned", band: "banded", wait: "kept" };
      const queue = { full: "waited", session: "known", idle: "warned", rest: "rested", awake: "woken" };
      const method = hear[message.kind] || more[message.kind] || opening[message.kind] || queue[message.kind];
      if (method) this[method](message);
    },
    waited(message) {
      clearTimeout(this.waiting);
      this.studio.full = markRaw(message);
      this.studio.resting = false;
      this.studio.busy = "";
    },
    // A browser that copies a tab copies its name too; the session is another one, and people are told.
    known(message) {
      keepSession(message.key);
      if (message.second) setTimeout(() => this.remarked({ text: this.say("second_tab") }), 1500);
    },
    // Others wait for the place of a page on which nothing happens.
    warned(message) {
      this.studio.idle = message.seconds;
    },
    rested() {
      Object.assign(this.studio, { idle: 0, resting: true });
    },
    woken() {
      Object.assign(this.studio, { full: null, resting: false });
    },
    kept(message) {
      clearTimeout(this.waiting);
      this.studio.busy = "";
      this.studio.choosing = false;
      this.studio.wait = message.text ? markRaw(message) : null;
    },
    offered(message) {
      this.studio.full = null;
      this.studio.offers = markRaw(message);
    },
    stated(message) {
      const { studio } = this;
      if (studio.state && kindOf(studio.state) !== kindOf(message)) setTimeout(this.outdate, STALE, studio.frame);
      studio.state = markRaw(message);
      studio.before = studio.frame;
      if (message.heard >= this.hastening) studio.speed = message.speed;
      if (message.heard >= this.changing) studio.asked = {};
      if (message.heard >= this.using) studio.table = null;
      if (message.heard >= this.seeking) {
        this.wish = null; // it was about what was there before
        this.answered();
      }
      studio.problem = this.staying || null;
      this.staying = null;
      studio.walk = null;
      studio.inSight = message.scene.in_sight;
      keepRoom(message);
    },
    // What was shown of the net before goes, where the first frame of the new one takes its time.
    outdate(frame) {
      if (this.studio.frame !== frame) return;
      Object.assign(this.studio, { frame: null, history: markRaw([]), metrics: {}, busy: this.studio.busy || "busy" });
    },
    framed(message) {
      const { studio } = this;
      if (message.first === 0) {
        studio.history = markRaw([]);
        studio.metrics = {};
      }
      if (Object.keys(message.metrics).length) studio.metrics = message.metrics;
      studio.history = markRaw(studio.history.concat(message.rows));
      studio.frame = markRaw(message);
      if (message.heard >= this.wanting) studio.wanted = null;
      requestAnimationFrame(() => this.ask("drawn"));
    },
    failed(message) {
      const stale = message.from === "look" && this.watched !== this.studio.state;
      if (message.from === "look") this.answered();
      if (stale) return; // it was asked of what was there before
      this.studio.problem = message;
      if (message.from in WANTED && !(message.heard < this.wanting)) this.studio.wanted = null;
      if (message.from === "table") this.using = Infinity;
      if (message.from === "fault") this.studio.asked = {};
      this.studio.busy = "";
    },
    remarked(message) {
      const remark = { text: message.text, id: Date.now() + Math.random() };
      this.studio.remarks = [...this.studio.remarks.slice(-2), remark];
      setTimeout(() => (this.studio.remarks = this.studio.remarks.filter((one) => one.id !== remark.id)), REMARK);
    },
    tabled(message) {
      this.studio.busy = "";
      this.studio.problem = null;
      this.studio.table = message;
    },
    walked(message) {
      if (message.heard >= this.wanting) this.studio.wanted = null;
      if (message.heard <= this.closed) return; // it was left before it was there
      this.studio.problem = null;
      this.studio.walk = markRaw(message);
    },
    sampled(message) {
      this.studio.samples = markRaw(message);
    },
    // The run as the page has seen it, with what the session adds; it stays while others train.
    pinned(message) {
      const { studio } = this;
      const run = { ...message, id: Date.now(), rows: studio.history, metrics: studio.metrics, settings: studio.state.settings };
      const names = studio.pins.map((one) => one.name), own = studio.state.recipe.name;
      run.name = own;
      for (let i = 2; names.includes(run.name); i++) run.name = `${own} ${i}`;
      run.classes = studio.state.scene.classes.length;
      const stay = studio.pins.slice(1 - MOST_PINS);
      run.colour = [...Array(MOST_PINS).keys()].find((place) => stay.every((one) => one.colour !== place));
      studio.pins = markRaw([...stay, run]);
    },
    banded(message) {
      const before = message.first ? this.studio.band : null;
      const metrics = message.first ? before.metrics : message.metrics;
      this.studio.band = markRaw({ ...message, metrics, rows: (before?.rows || []).concat(message.rows) });
    },
    delivered(message) {
      this.studio.busy = "";
      const anchor = document.createElement("a");
      anchor.href = `/studio/take/${this.visitor}/${message.what}`;
      anchor.download = message.name;
      anchor.click();
    },
    ended(message) {
      Object.assign(this.studio, { resting: false, wait: null });
      this.begin();
      this.hello({ lost: message.why });
    },
    faulted(message) {
      this.failed({ problem: message.error, hint: "", key: "", from: "fault" });
    },
    // ---------------------------------------------------------------- on the page
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
    explain(event) {
      this.studio.hint = event.target.closest?.("[data-help]")?.dataset.help || "";
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
