// A pad to draw on: the net answers while one draws.
import { computed, inject, onMounted, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { useCanvas } from "./canvas.js";
import { css } from "./colours.js";
import Layer from "./layer.js";
import Shares from "./shares.js";
import { lookup, paint } from "./tiles.js";

const SIDE = 140;
let strokes = []; // they stay while other views are in sight

export default {
  components: { Layer, Shares },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look");
    const shown = computed(() => studio.frame?.scene.pad);
    const pen = computed(() => studio.state.scene.about.pad?.pen || 0.09);
    const small = document.createElement("canvas");
    let drawing = false;

    function trace(ink, side, colour) {
      ink.lineCap = ink.lineJoin = "round";
      ink.lineWidth = pen.value * side;
      ink.strokeStyle = colour;
      for (const stroke of strokes) {
        ink.beginPath();
        stroke.forEach(([x, y]) => ink.lineTo(x * side, y * side));
        if (stroke.length === 1) ink.lineTo(stroke[0][0] * side + 0.01, stroke[0][1] * side);
        ink.stroke();
      }
    }

    const pad = useCanvas((ink, width) => trace(ink, width, css(studio.dark ? [236, 240, 245] : [23, 33, 46])));
    const seen = useCanvas((ink, width, height) => {
      if (!shown.value) return;
      const picture = unpack(shown.value.picture);
      paint(ink, { ...picture, shape: [1, ...picture.shape] }, 0, lookup("ink", studio.dark), 0, 0, width, height);
    });

    function send() {
      if (!strokes.length) return look({ ink: null });
      small.width = small.height = SIDE;
      const ink = small.getContext("2d", { willReadFrequently: true });
      trace(ink, SIDE, "#fff");
      const pixels = ink.getImageData(0, 0, SIDE, SIDE).data;
      let bytes = "";
      for (let i = 3; i < pixels.length; i += 4) bytes += String.fromCharCode(pixels[i]);
      look({ ink: { type: "u8", shape: [SIDE, SIDE], data: btoa(bytes) } });
    }

    function place(event) {
      const box = event.target.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    }
    function begin(event) {
      drawing = true;
      event.target.setPointerCapture?.(event.pointerId);
      strokes.push([place(event)]);
      changed();
    }
    function go(event) {
      if (!drawing) return;
      for (const one of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
        const box = event.target.getBoundingClientRect();
        strokes.at(-1).push([(one.clientX - box.left) / box.width, (one.clientY - box.top) / box.height]);
      }
      changed();
    }
    function changed() {
      pad.redraw();
      send();
    }
    function clear() {
      strokes = [];
      changed();
    }
    function undo() {
      strokes.pop();
      changed();
    }
    onMounted(() => shown.value?.blank !== false && strokes.length && send());
    watch([shown, () => studio.dark], () => {
      pad.redraw();
      seen.redraw();
    });
    return { studio, say, shown, pad: pad.canvas, seen: seen.canvas, begin, go, end: () => (drawing = false), clear, undo };
  },
  template: `
    <section class="inside draws" :aria-label="say('pad')">
      <div class="seen">
        <div class="board"><canvas ref="pad" id="pad" class="whole" role="img" :aria-label="say('pad')" @pointerdown.prevent="begin" @pointermove="go"
          @pointerup="end" @pointercancel="end"></canvas>
          <p v-if="shown?.blank" class="invite">{{ say("draw_here") }}</p></div>
        <div class="sampler">
          <button class="text" id="pad-clear" @click="clear">{{ say("clear") }}</button>
          <button class="text" id="pad-undo" @click="undo">{{ say("undo") }}</button>
          <span class="net-sees" :title="say('net_sees')"><canvas ref="seen" role="img" :aria-label="say('net_sees')"></canvas></span></div>
        <Shares v-if="shown" :class="{ faint: shown.blank }" :shares="shown.shares" />
      </div>
      <div v-if="shown" class="layers" tabindex="0" :aria-label="say('layers')">
        <Layer v-for="layer in shown.layers" :key="layer.name" :layer="layer" /></div>
    </section>`,
};
