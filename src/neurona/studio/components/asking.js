// What the page asks of the session, word by word; until one is heard, the page shows what was asked for.
import { linkOf } from "./address.js";
import { isTold } from "./room.js";
import { sessionKept } from "./stored.js";
import { joined } from "./wishes.js";

// So long a connection may be lost before the page says that Studio does not answer, in ms.
const MISSING = 5000;
const PATIENCE = 3000;
// What a person wants of the training with it, until a frame comes that knows of it; null where it is to go on as it was.
export const WANTED = { play: true, pause: false, step: false, batch: false, walk: false, open: false, link: false, reset: false, stop: null };
// What the session may take its time for; the page says so after half a second.
const SLOW = ["hello", "open", "link", "toml", "change", "table", "points", "reset", "walk", "play", "step"];

export default {
  methods: {
    // Each word to the session has a number, and what it tells says which it has heard. These are the numbers of what the page
    // shows on its own account until then; a table stays open until it is used.
    begin() {
      Object.assign(this, { wanting: 0, changing: 0, hastening: 0, speaking: 0, spoken: 0, seeking: 0, using: Infinity, looking: null, wish: null });
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
      if (what === "language") this.speaking = wish;
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
  },
};
