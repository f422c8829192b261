// A pad to draw on: the net answers while one draws.
import { computed, inject, onMounted, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { useCanvas } from "./canvas.js";
import { css, ink, ofSign } from "./colours.js";
import { useDescription } from "./described.js";
import { percent } from "./figures.js";
import Icon from "./icons.js";
import Layer from "./layer.js";
import Shares from "./shares.js";
import { lookup, paint } from "./tiles.js";

const SIDE = 140, FILLED = 0.9, TYPICAL = 0.7;
// Of the pad: how far apart points of a stroke are, what the eraser takes, a step of an arrow key, the smallest drawing.
const FINE = 0.015, ERASED = 0.06, STEP = 1 / 28, LEAST = 0.15;
const KEYS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
};
let strokes = [], before = []; // they stay while other views are in sight

export default {
  components: { Icon, Layer, Shares },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look");
    const shown = computed(() => studio.frame?.scene.pad);
    const thick = computed(() => studio.state.scene.about.pad?.pen || 0.11);
    const small = document.createElement("canvas");
    const erasing = ref(false), cross = ref(null), down = ref(false);
    let pointer = null, rubber = false;

    function trace(brush, place, wide, colour) {
      brush.lineCap = brush.lineJoin = "round";
      brush.lineWidth = wide;
      brush.strokeStyle = colour;
      for (const stroke of strokes) {
        brush.beginPath();
        stroke.forEach((point) => brush.lineTo(...place(point)));
        if (stroke.length === 1) brush.lineTo(place(stroke[0])[0] + 0.01, place(stroke[0])[1]);
        brush.stroke();
      }
    }

    const pad = useCanvas((brush, width) => {
      trace(brush, ([x, y]) => [x * width, y * width], TYPICAL * thick.value * width, ink(studio.dark));
      if (!cross.value) return;
      const [x, y] = cross.value.map((one) => one * width), size = ERASED * width;
      brush.strokeStyle = css(ofSign(1, studio.dark));
      brush.lineWidth = down.value || erasing.value ? 3 : 1.5;
      brush.beginPath();
      brush.moveTo(x - size, y);
      brush.lineTo(x + size, y);
      brush.moveTo(x, y - size);
      brush.lineTo(x, y + size);
      if (erasing.value) brush.rect(x - size, y - size, 2 * size, 2 * size);
      brush.stroke();
    });
    const seen = useCanvas((brush, width, height) => {
      if (!shown.value) return;
      const picture = unpack(shown.value.picture);
      paint(brush, { ...picture, shape: [1, ...picture.shape] }, 0, lookup("ink", studio.dark), 0, 0, width, height);
    });

    // However large one draws, strokes are as thick beside the drawing as those of the data are.
    function send() {
      if (!strokes.length) return look({ ink: null });
      const [xs, ys] = [0, 1].map((i) => strokes.flatMap((stroke) => stroke.map((point) => point[i])));
      const [left, top] = [Math.min(...xs), Math.min(...ys)], [wide, high] = [Math.max(...xs) - left, Math.max(...ys) - top];
      const side = Math.max(LEAST, wide, high), pen = (thick.value * side) / (1 - thick.value), scale = (FILLED * SIDE) / (side + pen);
      small.width = small.height = SIDE;
      const brush = small.getContext("2d", { willReadFrequently: true });
      trace(brush, ([x, y]) => [SIDE / 2 + (x - left - wide / 2) * scale, SIDE / 2 + (y - top - high / 2) * scale], pen * scale, "#fff");
      const pixels = brush.getImageData(0, 0, SIDE, SIDE).data;
      let bytes = "";
      for (let i = 3; i < pixels.length; i += 4) bytes += String.fromCharCode(pixels[i]);
      look({ ink: { type: "u8", shape: [SIDE, SIDE], data: btoa(bytes) } });
    }

    function remember() {
      before = [...before.slice(-49), strokes];
      strokes = strokes.map((stroke) => [...stroke]);
    }
    function extend(stroke, [x, y]) {
      const from = stroke.at(-1), count = from ? Math.max(1, Math.ceil(Math.hypot(x - from[0], y - from[1]) / FINE)) : 1;
      for (let i = 1; i <= count; i++) stroke.push(from ? [0, 1].map((k) => from[k] + ((k ? y : x) - from[k]) * (i / count)) : [x, y]);
    }
    // What lies under the eraser goes; what is left of a stroke are strokes of their own.
    function erase([x, y]) {
      const left = [];
      for (const stroke of strokes) {
        let part = [];
        for (const point of stroke) {
          if (Math.hypot(point[0] - x, point[1] - y) > ERASED) part.push(point);
          else if (part.length) part = (left.push(part), []);
        }
        if (part.length) left.push(part);
      }
      strokes = left;
    }
    function put(point) {
      if (rubber) erase(point);
      else extend(strokes.at(-1), point);
    }

    function place(event, box = event.target.getBoundingClientRect()) {
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    }
    // One pointer draws; the hand that rests beside the pen, or a second finger, does not. A pen's other end erases.
    function begin(event) {
      if (pointer !== null) return;
      pointer = event.pointerId;
      rubber = erasing.value || (event.buttons & 32) > 0;
      cross.value = null;
      event.target.setPointerCapture?.(event.pointerId);
      remember();
      if (!rubber) strokes.push([]);
      put(place(event));
      changed();
    }
    function go(event) {
      if (event.pointerId !== pointer) return;
      const box = event.target.getBoundingClientRect();
      const passed = event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event];
      passed.forEach((one) => put(place(one, box)));
      changed();
    }
    function end(event) {
      if (event.pointerId === pointer) pointer = null;
    }
    function changed() {
      pad.redraw();
      send();
    }
    function lift() {
      down.value = false;
      pad.redraw();
    }
    function clear() {
      if (strokes.length) remember();
      strokes = [];
      lift();
      changed();
    }
    function undo() {
      strokes = before.pop() || [];
      lift();
      changed();
    }
    function turn() {
      erasing.value = !erasing.value;
      lift();
    }
    // ---------------------------------------------------------------- by keyboard
    function press() {
      cross.value ||= [0.5, 0.3];
      rubber = erasing.value;
      down.value = !down.value;
      if (down.value) {
        remember();
        if (!rubber) strokes.push([]);
        put(cross.value);
        changed();
      }
      pad.redraw();
    }
    function move(by) {
      cross.value = (cross.value || [0.5, 0.3]).map((one, i) => Math.min(1, Math.max(0, one + by[i] * STEP)));
      if (down.value) put(cross.value);
      if (down.value) changed();
      else pad.redraw();
    }
    function key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const does = { " ": press, Delete: turn, Backspace: undo, Escape: clear }[event.key] || (KEYS[event.key] && (() => move(KEYS[event.key])));
      if (!does) return;
      event.preventDefault();
      event.stopPropagation();
      does();
    }
    const state = computed(() => (!cross.value ? "" : say(erasing.value ? (down.value ? "erases" : "eraser_up") : down.value ? "pen_down" : "pen_up")));
    const described = useDescription(() => {
      if (!shown.value || shown.value.blank) return "";
      const [first, second] = shown.value.shares.map((share, i) => ({ share, name: studio.state.scene.classes[i] })).sort((a, b) => b.share - a.share);
      return say("pad_says", { first: first.name, share: percent(first.share), second: second.name, other: percent(second.share) });
    });
    onMounted(() => shown.value?.blank !== false && strokes.length && send());
    watch([shown, () => studio.dark], () => {
      pad.redraw();
      seen.redraw();
    });
    return {
      studio, say, shown, pad: pad.canvas, seen: seen.canvas, begin, go, end, clear, undo, turn, erasing, key, state, described,
      focus: (event) => event.target.matches(":focus-visible") && ((cross.value ||= [0.5, 0.3]), pad.redraw()),
      blur: () => ((cross.value = null), lift()),
    };
  },
  template: `
    <section class="inside draws" :aria-label="say('pad')">
      <div class="seen">
        <div class="board"><canvas ref="pad" id="pad" class="whole" :class="{ erasing }" tabindex="0" role="application" :aria-label="say('pad') + '. ' + say('pad_keys')" aria-describedby="pad-says" :data-help="say('pad_keys')"
          @pointerdown.prevent="begin" @pointermove="go" @pointerup="end" @pointercancel="end" @keydown="key" @focus="focus" @blur="blur"></canvas>
          <p v-if="shown?.blank" class="invite">{{ say("draw_here") }}</p><span class="unseen" role="status">{{ state }}</span><span id="pad-says" class="unseen" role="status">{{ described }}</span></div>
        <div class="sampler" :class="{ blank: shown?.blank }">
          <button class="text" id="pad-erase" :aria-pressed="erasing" :aria-label="say('eraser')" :title="say('eraser')" @click="turn"><Icon name="eraser" /></button>
          <button class="text" id="pad-undo" :aria-label="say('undo')" :title="say('undo')" @click="undo"><Icon name="undo" /></button>
          <button class="text" id="pad-clear" @click="clear">{{ say("clear") }}</button>
          <span class="net-sees" :title="say('net_sees')"><canvas ref="seen" role="img" :aria-label="say('net_sees')"></canvas></span></div>
        <Shares v-if="shown" :class="{ faint: shown.blank }" :shares="shown.shares" />
      </div>
      <div v-if="shown" class="layers" tabindex="0" role="group" :aria-label="say('layers')">
        <Layer v-for="layer in shown.layers" :key="layer.name" :layer="layer" /></div>
    </section>`,
};
