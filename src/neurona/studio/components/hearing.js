// What the session tells the page, message by message.
import { markRaw } from "vue";
import { WANTED } from "./asking.js";
import { MOST_PINS } from "./pinned.js";
import { keepRoom } from "./room.js";
import { keepSession } from "./stored.js";

const REMARK = 5000;
// So long pictures of a net may stand beside another one that is not shown yet, in ms.
const STALE = 300;
// What a page that is loaded anew may hear of the one before, and is told anew.
const OF_A_RECIPE = ["state", "frame", "looked", "walk", "samples", "pin", "band"];

// Problems that the page itself has words for, or that have no words in a language.
const OWN = ["upload", "fault"];

// What two states agree in where what is shown of the one can stand beside the other for a moment.
function kindOf({ recipe, scene }) {
  return JSON.stringify([recipe.net, scene.name, scene.shape, scene.classes.length]);
}

export default {
  methods: {
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
      // In another language the page says again itself what is wrong in its own words.
      if (this.spoken >= this.speaking || !OWN.includes(studio.problem?.from)) studio.problem = null;
      this.spoken = message.heard;
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
    looked(message) {
      const { studio } = this;
      studio.inSight = message.view;
      if (studio.frame) {
        studio.frame = markRaw({ ...studio.frame, scene: { ...studio.frame.scene, [message.view]: markRaw(message.shown) } });
      }
      this.answered();
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
  },
};
