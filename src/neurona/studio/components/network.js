// The net: units as small maps of what they answer, edges by sign and weight; layers and units come and go here.
import { computed, inject, ref, watch } from "vue";
import { unpack } from "./arrays.js";
import { inLines } from "./breaks.js";
import { font, rem, short, useCanvas } from "./canvas.js";
import { classColours, css, grey, ink, ofSign, paper, signed } from "./colours.js";
import Controls from "./controls.js";
import { useDescription } from "./described.js";
import { percent, whole } from "./figures.js";
import Formula from "./formula.js";
import Icon from "./icons.js";
import LayerTable from "./layer_table.js";
import Layers from "./layers.js";
import Spread, { apart, endsOf, paintSpread, partColours, spreadOf } from "./spread.js";
import { lookup, paint } from "./tiles.js";
import UnitCurves, { curvesOf, paintCurve } from "./unit_curves.js";
import Weight from "./weight.js";

const LAYERS = 6;

export default {
  components: { Controls, Formula, Icon, LayerTable, Layers, Spread, UnitCurves, Weight },
  setup() {
    const studio = inject("studio"), say = inject("say"), ask = inject("ask"), palette = inject("palette");
    const tip = ref(null);
    const net = computed(() => studio.state?.scene.net);
    // What was asked for, before the session has answered too: presses that follow one another quickly all count.
    const recipe = computed(() => {
      const asked = (name) => (`net.${name}` in studio.asked ? { [name]: studio.asked[`net.${name}`] } : {});
      return { ...studio.state?.recipe.net, ...asked("hidden"), ...asked("activation") };
    });
    const hidden = computed(() => (recipe.value.kind === "mlp" ? recipe.value.hidden || [] : null));
    const tile = document.createElement("canvas");
    let edges = [], units = [];

    // Where the pixels that are drawn lie, `[channel, row, column]`, on the mean of some pictures.
    const pixels = computed(() => studio.state?.scene.about.pixels?.places || []);
    const mean = computed(() => (pixels.value.length ? unpack(studio.state.scene.about.pixels.mean) : null));
    function said([channel, row, column]) {
      const name = say("pixel", { row: row + 1, column: column + 1 });
      return mean.value.shape.length === 4 ? `${name}, ${say("channel", { number: channel + 1 })}` : name;
    }

    const columns = computed(() => {
      if (!net.value?.layers.length) return [];
      const { inputs, layers, outputs } = net.value;
      const first = { title: say("input"), count: inputs.count, shown: inputs.sources.length, names: inputs.names, called: inputs.names.length ? inputs.names : pixels.value.map(said), sources: inputs.sources, kind: "input" };
      return [first, ...layers.map((layer, i) => {
        const last = i === layers.length - 1;
        return {
          title: last ? say("output") : say(layers.length > 3 ? "hidden_short" : "hidden_layer", { number: i + 1 }),
          name: layer.name, count: layer.units, shown: layer.shown, kind: last ? "output" : "hidden", index: i,
          names: last ? outputs : [], called: last ? outputs : [],
        };
      })];
    });
    const widest = computed(() => Math.max(1, ...columns.value.map((column) => column.shown)));

    // Room beside the first and the last column for the names of inputs and outputs, in pixels: short ones leave theirs
    // to long ones.
    const beside = ref({ left: 0, right: 0 });
    const ruler = document.createElement("canvas").getContext("2d");
    function longest({ names }) {
      ruler.font = font(12);
      return names.length ? Math.min(rem(11), 10 + Math.max(...names.map((name) => ruler.measureText(name).width))) : 0;
    }

    function place(width, height) {
      const count = columns.value.length, wanted = [longest(columns.value[0]), longest(columns.value.at(-1))];
      const room = Math.max(rem(8), 0.28 * width, width - count * rem(5.2));
      const names = wanted.map((one, i) => Math.min(one, Math.max(room / 2, room - wanted[1 - i])));
      let size = Math.max(14, Math.min(rem(widest.value > 2 ? 9.5 : 13), (height - 26) / widest.value - 6)), slot = width / count, left, right;
      // As large as leaves room for the names, and between the columns for the edges.
      for (; ; size *= 0.94) {
        for (let i = 0; i < 8; i++) {
          [left, right] = names.map((room) => Math.max(0, room - (slot - size) / 2));
          slot = (width - left - right) / count;
        }
        if (!(size > 14) || slot > Math.max(1.7 * size, size + 30)) break;
      }
      if (Math.abs(left - beside.value.left) + Math.abs(right - beside.value.right) > 1) beside.value = { left, right };
      return columns.value.map((column, i) => {
        const x = left + slot * (i + 0.5);
        const gap = Math.min(1.5 * size + 14, (height - 22) / Math.max(1, column.shown));
        const top = (height - 22 - gap * (column.shown - 1)) / 2;
        return Array.from({ length: column.shown }, (_, j) => ({ x, y: top + j * gap, size, column: i, unit: j }));
      });
    }

    function drawTile(values, offset, side) {
      tile.width = tile.height = side;
      const pen = tile.getContext("2d"), image = pen.createImageData(side, side);
      for (let row = 0; row < side; row++) for (let column = 0; column < side; column++) {
        const value = (values[offset + row * side + column] - 128) / 127;
        image.data.set([...signed(value, studio.dark), 255], 4 * ((side - 1 - row) * side + column));
      }
      pen.putImageData(image, 0, 0);
    }

    // A pixel, marked on the mean picture.
    function paintPixel(pen, [, row, column], { left, top, size }) {
      const [rows, columns] = mean.value.shape.slice(-2), wide = size / columns, high = size / rows, most = Math.max(rem(0.3), 0.11 * size, wide);
      pen.globalAlpha = 0.55;
      paint(pen, mean.value, 0, lookup("ink", studio.dark), left, top, size, size);
      pen.globalAlpha = 1;
      pen.fillStyle = css(ofSign(1, studio.dark));
      pen.fillRect(left + (column + 0.5) * wide - most / 2, top + (row + 0.5) * high - most / 2, most, most);
    }

    const seen = computed(() => {
      const maps = studio.state?.scene.about.units?.inputs;
      return maps ? unpack(maps) : null;
    });

    // Of each column what its units answer to samples, or along the one input, where that is what stands in their squares.
    function each(view, read) {
      const about = studio.state?.scene.about[view], now = studio.frame?.scene[view];
      return columns.value.map((column, i) => read(about && (i ? now?.[column.name] : about.inputs)));
    }
    const spreads = computed(() => each("spread", spreadOf)), curves = computed(() => each("unit_curves", curvesOf));

    function drawEdges(pen, places, weights) {
      edges = [];
      weights.forEach((layer, i) => {
        const w = unpack(layer.w), from = places[i], to = places[i + 1];
        if (!to || w.shape[0] !== to.length || w.shape[1] !== from.length) return;
        const largest = w.numbers.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 1e-9);
        to.forEach((end, j) => from.forEach((start, k) => {
          const value = w.numbers[j * from.length + k];
          const share = Math.abs(value) / largest;
          const path = new Path2D();
          const [x0, x1] = [start.x + start.size / 2, end.x - end.size / 2];
          path.moveTo(x0, start.y);
          path.bezierCurveTo((x0 + x1) / 2, start.y, (x0 + x1) / 2, end.y, x1, end.y);
          const known = Number.isFinite(share); // a net that has diverged has no weights
          pen.strokeStyle = known ? css(ofSign(value, studio.dark), 0.12 + 0.78 * share) : css([128, 138, 150], 0.35);
          pen.lineWidth = known ? rem(0.035 + 0.28 * share) : 1;
          pen.stroke(path);
          edges.push({ path, text: say("weight", { value: short(value) }), of: { layer: i, to: j, from: k } });
        }));
      });
    }

    function drawUnits(pen, places, frame) {
      const maps = frame.units || {};
      const colours = classColours(palette, Math.max(2, studio.state.scene.classes.length), studio.dark);
      pen.font = font(12);
      units = [];
      places.forEach((column, i) => {
        const about = columns.value[i];
        const layer = about.name && maps[about.name] ? unpack(maps[about.name]) : null;
        const pictures = about.name && frame.pixels?.[about.name] ? unpack(frame.pixels[about.name]) : null;
        const bias = i ? unpack(frame.weights[i - 1].b).numbers : null, spread = spreads.value[i], curve = curves.value[i];
        column.forEach((unit, j) => {
          const [left, top] = [unit.x - unit.size / 2, unit.y - unit.size / 2];
          const ring = about.kind === "output" && about.names.length > 1 && about.names.length === about.count ? css(colours[j] || [128, 128, 128]) : css(studio.dark ? [86, 98, 114] : [150, 160, 172]);
          pen.save();
          pen.beginPath();
          pen.roundRect(left, top, unit.size, unit.size, rem(0.4));
          pen.fillStyle = css(paper(studio.dark));
          pen.fill();
          pen.clip();
          pen.imageSmoothingEnabled = true;
          if (layer && j < layer.shape[0]) {
            drawTile(layer.numbers, j * layer.shape[1] * layer.shape[2], layer.shape[1]);
            pen.drawImage(tile, left, top, unit.size, unit.size);
          } else if (pictures && j < pictures.shape[0]) {
            paint(pen, pictures, j, lookup("signed", studio.dark), left, top, unit.size, unit.size);
          } else if (about.kind === "input" && seen.value && j < seen.value.shape[0]) {
            drawTile(seen.value.numbers, j * seen.value.shape[1] * seen.value.shape[2], seen.value.shape[1]);
            pen.drawImage(tile, left, top, unit.size, unit.size);
          } else if (about.kind === "input" && pixels.value.length) {
            paintPixel(pen, pixels.value[j], { left, top, size: unit.size });
          } else if (spread) {
            paintSpread(pen, spread, j, { left, top, size: unit.size }, partColours(spread.by, palette, spread.bars.shape[1], studio.dark), studio.dark);
          } else if (curve) {
            paintCurve(pen, curve, j, { left, top, size: unit.size }, studio.dark);
          } else if (bias) {
            pen.fillStyle = css(signed(Math.tanh(bias[j]), studio.dark));
            pen.fillRect(left, top, unit.size, unit.size);
          }
          pen.restore();
          pen.beginPath();
          pen.roundRect(left, top, unit.size, unit.size, rem(0.4));
          pen.strokeStyle = ring;
          pen.lineWidth = rem(about.kind === "output" && about.names.length > 1 ? 0.21 : 0.085);
          pen.stroke();
          const said = [bias ? say("bias", { value: short(bias[j]) }) : about.called[j], (spread || curve) && endsOf(spread || curve, j, say)];
          units.push({ left, top, size: unit.size, text: said.filter(Boolean).join(" · "), of: i ? { layer: i - 1, to: j, from: "bias" } : null });
          pen.fillStyle = ink(studio.dark);
          pen.textBaseline = "middle";
          const name = about.names[j];
          if (name) {
            pen.textAlign = about.kind === "input" ? "right" : "left";
            const room = (about.kind === "input" ? left : pen.canvas.clientWidth - left - unit.size) - 6;
            const lines = inLines(pen, name, room), high = rem(0.95);
            lines.forEach((line, k) => pen.fillText(line, about.kind === "input" ? left - 5 : left + unit.size + 5, unit.y + (k - (lines.length - 1) / 2) * high));
          }
        });
        if (about.count > about.shown) {
          const last = column.at(-1);
          pen.textAlign = "center";
          pen.textBaseline = "top";
          pen.fillStyle = grey(studio.dark);
          pen.fillText(say("more_units", { count: about.count - about.shown }), last.x, last.y + last.size / 2 + 6);
        }
      });
    }

    const { canvas, redraw } = useCanvas((pen, width, height) => {
      const frame = studio.frame?.scene;
      if (!frame || !columns.value.length || frame.weights.length !== columns.value.length - 1) return;
      const places = place(width, height);
      drawEdges(pen, places, frame.weights);
      drawUnits(pen, places, frame);
    });

    function found(event) {
      const box = event.target.getBoundingClientRect(), pen = event.target.getContext("2d");
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      const unit = units.find((one) => x >= one.left && x <= one.left + one.size && y >= one.top && y <= one.top + one.size);
      pen.save();
      pen.setTransform(1, 0, 0, 1, 0, 0);
      pen.lineWidth = 9;
      const hit = unit || edges.find((edge) => pen.isPointInStroke(edge.path, x, y));
      pen.restore();
      return { hit, x, y, box };
    }

    function point(event) {
      const { hit, x, y, box } = found(event);
      event.target.style.cursor = hit?.of ? "pointer" : "";
      tip.value = hit?.text ? { text: hit.text, x: Math.max(0, Math.min(x + 12, box.width - rem(1.2 + 0.46 * hit.text.length))), y: Math.max(4, y - 30) } : null;
    }

    // A weight is taken in hand by a click on it, or by Enter for the first one.
    const hand = ref(null);
    function take(event) {
      const { hit, x, y, box } = found(event);
      hand.value = hit?.of ? { ...hit.of, style: { left: `${Math.max(0, Math.min(x - 40, box.width - rem(28)))}px`, top: `${Math.max(0, Math.min(y + 14, box.height - rem(6.4)))}px` } } : null;
      tip.value = null;
    }
    function takeFirst() {
      hand.value = { layer: 0, to: 0, from: 0, style: { left: "1rem", top: "1rem" } };
    }
    function putDown() {
      hand.value = null;
      canvas.value.focus();
    }
    watch(() => studio.state, (now, before) => {
      tip.value = null; // it may be of another net, or in another language
      const shape = (state) => JSON.stringify(state?.scene.net.layers);
      if (shape(now) !== shape(before)) hand.value = null;
    });

    // ------------------------------------------------------------------ what a person changes
    function setHidden(sizes, activations) {
      const changes = { "net.hidden": sizes };
      if (activations) changes["net.activation"] = activations;
      ask("change", { changes, key: "net.hidden" });
    }
    const named = () => (Array.isArray(recipe.value.activation) ? [...recipe.value.activation] : null);
    // Where a layer is on its way out, those on the drawing are not known by their numbers any more.
    const numbered = computed(() => hidden.value?.length >= columns.value.length - 2);
    const unitsOf = (column) => (numbered.value ? hidden.value[column.index] : column.count);
    const draft = ref(null);
    function setUnits(index, count) {
      draft.value = null;
      if (!numbered.value) return;
      const wanted = Math.round(Number(count));
      if (!(wanted >= 1)) return;
      setHidden(hidden.value.map((units, i) => (i === index ? wanted : units)), null);
    }
    function addLayer() {
      const activations = named();
      const size = hidden.value.length ? Math.min(8, hidden.value.at(-1)) : 8;
      setHidden([...hidden.value, size], activations && [...activations, activations.at(-1) || "relu"]);
    }
    function removeLayer(index) {
      if (hidden.value.length !== columns.value.length - 2) return; // of two presses on the same one
      const activations = named();
      setHidden(hidden.value.filter((_, i) => i !== index), activations && activations.filter((_, i) => i !== index));
    }
    const functions = computed(() => Object.keys(studio.offers?.catalogue.activation || {}));
    function functionOf(index) {
      return named()?.[index] || recipe.value.activation || "relu";
    }
    function setFunction(index, name) {
      if (!numbered.value) return;
      const each = hidden.value.map((_units, i) => (i === index ? name : functionOf(i)));
      ask("change", { key: "net.activation", value: each.every((one) => one === name) ? name : each });
    }
    const wrong = (column) => studio.problem?.key === `net.hidden.${column.index}`;
    watch([() => studio.frame, () => studio.dark, columns], redraw);
    // Which unit tells the classes apart best.
    const best = useDescription(() => {
      const each = spreads.value.flatMap((spread, i) => spread?.by === "class" && i ? Array.from({ length: spread.bars.shape[0] }, (_, unit) => ({ share: apart(spread, unit), unit, title: columns.value[i].title })) : []);
      if (!each.length) return "";
      const { share, unit, title } = each.reduce((most, one) => (one.share > most.share ? one : most));
      return share && say("spread_says", { layer: title, number: unit + 1, share: percent(share) });
    });
    const described = computed(() => [say("network"), ...columns.value.map((column) => `${column.title}: ${say(column.count === 1 ? "unit" : "units", { count: column.count })}`),
      parameters.value, ...(best.value ? [best.value] : [])].join(". "));
    const parameters = computed(() => net.value && say("parameter_count", { count: whole(net.value.parameters) }));
    return { studio, say, ask, canvas, net, columns, pixels, beside, described, hidden, tip, point, hand, take, takeFirst, putDown, draft, unitsOf, setUnits, addLayer, removeLayer, functions, functionOf, setFunction, wrong, parameters, LAYERS };
  },
  template: `
    <section :aria-label="say('network')">
      <div class="top"><h2>{{ say("network") }}</h2><span class="fine">{{ parameters }}</span>
        <button v-if="net" class="text" id="walk" :data-help="say('walk_help')" @click="ask('walk')"><Icon name="open" />{{ say("walk") }}</button>
        <button v-if="hidden" class="text" id="add-layer" :disabled="hidden.length >= LAYERS" @click="addLayer"><Icon name="plus" />{{ say("add_layer") }}</button></div>
      <Controls section="net" class="row" />
      <div v-if="!studio.state" class="drawing blank" aria-hidden="true"><i v-for="i in 3" :key="i"></i></div>
      <template v-if="columns.length">
        <ol class="columns" :style="{ paddingLeft: beside.left + 'px', paddingRight: beside.right + 'px' }">
          <li v-for="column in columns" :key="column.title" :class="'of-' + column.kind" :data-help="column.kind === 'input' && pixels.length ? say('pixel_help') : null"><span>{{ column.title }}</span>
            <div v-if="column.kind === 'hidden' && hidden" class="units">
              <button :aria-label="say('remove_unit')" :id="'less-' + column.index" :disabled="unitsOf(column) < 2" @click="setUnits(column.index, unitsOf(column) - 1)"><Icon name="minus" /></button>
              <input type="text" inputmode="numeric" :value="draft?.index === column.index ? draft.text : unitsOf(column)" :aria-invalid="wrong(column)" :class="{ wrong: wrong(column) }" :id="'units-' + column.index" :aria-label="column.title + ': ' + say('units', { count: '' })" @input="draft = { index: column.index, text: $event.target.value }" @change="setUnits(column.index, $event.target.value)" @blur="draft = null" />
              <button :aria-label="say('add_unit')" :id="'more-' + column.index" @click="setUnits(column.index, unitsOf(column) + 1)"><Icon name="plus" /></button>
              <button :aria-label="say('remove_layer')" :id="'drop-' + column.index" class="drop" @click="removeLayer(column.index)"><Icon name="close" /></button>
            </div>
            <select v-if="column.kind === 'hidden' && hidden && functions.length" class="function" :id="'activation-' + column.index" :value="functionOf(column.index)"
              :aria-label="column.title + ': ' + say('activation')" :data-help="say('activation_help')" @change="setFunction(column.index, $event.target.value)">
              <option v-for="name in functions" :key="name" :value="name">{{ name }}</option></select>
            <small v-else>{{ say(column.count === 1 ? "unit" : "units", { count: column.count }) }}</small></li>
        </ol>
        <div class="drawing"><canvas ref="canvas" id="network" role="img" tabindex="0" :aria-label="described + '. ' + say('by_hand_help')" :data-help="say('by_hand_help')" @pointermove="point" @pointerleave="tip = null" @click="take" @keydown.enter.prevent="takeFirst"></canvas>
          <Weight v-if="hand" :at="hand" :columns="columns" @leave="putDown" />
          <span v-if="tip" class="tip" :style="{ left: tip.x + 'px', top: tip.y + 'px' }">{{ tip.text }}</span></div>
        <Formula /><Spread /><UnitCurves />
      </template>
      <template v-else-if="studio.state">
        <Layers v-if="Array.isArray(studio.state?.recipe.net.layers)" />
        <LayerTable :described="described" />
      </template>
    </section>`,
};
