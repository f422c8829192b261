// A first look round: a few stops, each beside what it speaks of. It covers nothing, so that one can try things on the way.
const KEPT = "neurona-studio-tour";
// What each speaks of, and on which side of it the card stands best.
const STOPS = [
  ["data", ".gallery", "right"],
  ["features", ".features", "right"],
  ["net", ".panel.net", "right"],
  ["train", ".drive", "left"],
  ["watch", ".watch .main", "left"],
  ["take", "#take", "left"],
];
const GAP = 14, EDGE = 8, BEFORE = 400;

// How much two boxes have in common.
function shared(one, other) {
  const along = (from, to) => Math.max(0, Math.min(one[to], other[to]) - Math.max(one[from], other[from]));
  return along("left", "right") * along("top", "bottom");
}

// What has the focus, unless it is the card itself.
function focused() {
  const one = document.activeElement;
  return !one || one === document.body || one.closest(".tour, dialog") ? null : one.getBoundingClientRect();
}

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
    window.addEventListener("scroll", this.place, { capture: true, passive: true });
    window.addEventListener("focusin", this.dodge);
    window.addEventListener("keydown", this.key);
  },
  beforeUnmount() {
    window.removeEventListener("resize", this.place);
    window.removeEventListener("scroll", this.place, { capture: true });
    window.removeEventListener("focusin", this.dodge);
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
    // Beside what it speaks of, within the window, and not over what has the focus.
    place() {
      const element = this.stop && document.querySelector(this.stops[this.at][1]);
      if (!element) return;
      const box = element.getBoundingClientRect(), pad = 4, focus = focused();
      this.spot = { left: `${box.left - pad}px`, top: `${box.top - pad}px`, width: `${box.width + 2 * pad}px`, height: `${box.height + 2 * pad}px` };
      const [width, height] = [this.$refs.card?.offsetWidth || 300, this.$refs.card?.offsetHeight || 150];
      const sides = {
        right: [box.right + GAP, box.top], left: [box.left - GAP - width, box.top], below: [box.left, box.bottom + GAP], above: [box.left, box.top - GAP - height],
        corner: [innerWidth, innerHeight], other: [0, innerHeight], third: [innerWidth, 0],
      };
      const best = this.stops[this.at][2];
      const places = [best, ...Object.keys(sides).filter((side) => side !== best)].map((side) => {
        const within = (value, most) => Math.max(EDGE, Math.min(value, most - EDGE));
        const [left, top] = [within(sides[side][0], innerWidth - width), within(sides[side][1], innerHeight - height)];
        const card = { left, top, right: left + width, bottom: top + height };
        return { card, over: shared(card, box) + (focus ? 100 * shared(card, focus) : 0) };
      });
      this.box = places.reduce((one, other) => (other.over < one.over ? other : one)).card;
      this.card = { left: `${this.box.left}px`, top: `${this.box.top}px` };
    },
    // The card makes room for what gets the focus under it.
    dodge() {
      const focus = this.card && focused();
      if (focus && shared(this.box, focus)) this.place();
    },
    end() {
      if (this.$refs.card?.contains(document.activeElement)) document.getElementById("tour").focus({ preventScroll: true });
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
