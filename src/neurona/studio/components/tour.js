// A first look round: a few stops, each beside what it speaks of. It covers nothing, so that one can try things on the way.
const KEPT = "neurona-studio-tour";
const STOPS = [
  ["data", ".gallery"],
  ["features", ".features"],
  ["net", ".panel.net"],
  ["train", ".drive"],
  ["watch", ".watch .main"],
  ["take", "#take"],
];
const GAP = 14, EDGE = 8, BEFORE = 400;

function seen() {
  try {
    return localStorage.getItem(KEPT) !== null;
  } catch {
    return true; // a browser that keeps nothing would show it each time
  }
}

export default {
  inject: ["studio", "say"],
  data: () => ({ stops: [], at: -1, spot: null, card: null }),
  computed: {
    stop() {
      return this.stops[this.at]?.[0];
    },
  },
  watch: {
    "studio.state": {
      immediate: true,
      handler(state, before) {
        if (state && !before && !seen()) setTimeout(() => this.at < 0 && this.go(0, false), BEFORE);
        else this.$nextTick(this.place);
      },
    },
    "studio.touring"(wanted) {
      if (wanted) this.go(0, true);
    },
  },
  mounted() {
    window.addEventListener("resize", this.place);
    window.addEventListener("keydown", this.key);
  },
  beforeUnmount() {
    window.removeEventListener("resize", this.place);
    window.removeEventListener("keydown", this.key);
  },
  methods: {
    async go(at, focus = true) {
      if (at === 0) this.stops = STOPS.filter(([, place]) => document.querySelector(place)?.checkVisibility());
      this.at = at;
      if (at >= this.stops.length) return this.end();
      await this.$nextTick();
      document.querySelector(this.stops[at][1]).scrollIntoView({ block: "nearest" });
      this.place();
      await this.$nextTick();
      if (focus && !document.activeElement.closest?.("input, textarea, dialog")) this.$refs.next?.focus({ preventScroll: true });
    },
    // Beside what it speaks of, on the side that has the most room; within the window in any case.
    place() {
      const element = this.stop && document.querySelector(this.stops[this.at][1]);
      if (!element) return;
      const box = element.getBoundingClientRect(), pad = 4;
      this.spot = { left: `${box.left - pad}px`, top: `${box.top - pad}px`, width: `${box.width + 2 * pad}px`, height: `${box.height + 2 * pad}px` };
      const [width, height] = [this.$refs.card?.offsetWidth || 300, this.$refs.card?.offsetHeight || 150];
      const within = (value, most) => Math.max(EDGE, Math.min(value, most - EDGE));
      let [left, top] = [box.right + GAP, box.top];
      if (left + width > innerWidth) left = box.left - GAP - width;
      if (left < 0) [left, top] = [box.left, box.bottom + GAP];
      this.card = { left: `${within(left, innerWidth - width)}px`, top: `${within(top, innerHeight - height)}px` };
    },
    end() {
      this.at = -1;
      this.spot = this.card = null;
      this.studio.touring = false;
      try {
        localStorage.setItem(KEPT, "seen");
      } catch {
        // then it is shown again
      }
    },
    key(event) {
      if (this.stop && event.key === "Escape" && !document.querySelector("dialog[open]")) this.end();
    },
    // Within the card the arrows go from stop to stop, and do not step the training.
    move(event) {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by || this.at + by < 0) return;
      event.preventDefault();
      event.stopPropagation();
      this.go(this.at + by);
    },
  },
  template: `
    <div v-if="stop" class="tour" @keydown="move">
      <div class="spot" :style="spot"></div>
      <section ref="card" class="card" :style="card" role="dialog" :aria-label="say('tour')" aria-describedby="tour-text">
        <h2>{{ say("tour_" + stop) }}</h2>
        <p id="tour-text" aria-live="polite">{{ say("tour_" + stop + "_text") }}</p>
        <div class="buttons"><span class="fine">{{ at + 1 }} / {{ stops.length }}</span>
          <button class="text" id="tour-skip" @click="end">{{ say("tour_skip") }}</button>
          <button class="text strong" id="tour-next" ref="next" @click="go(at + 1)">{{ say(at + 1 < stops.length ? "tour_next" : "tour_end") }}</button></div>
      </section>
    </div>`,
};
