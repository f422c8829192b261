// Pictures above what an autoencoder gives back of them.
import { computed, inject, watch } from "vue";
import { unpack } from "./arrays.js";
import { font, rem, short, useCanvas } from "./canvas.js";
import { grey, rule } from "./colours.js";
import { spoken, useDescription } from "./described.js";
import Icon from "./icons.js";
import { lookup, paint } from "./tiles.js";

export default {
  components: { Icon },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look");
    const shown = computed(() => studio.frame?.scene.reconstructions);
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      if (!shown.value) return;
      const originals = unpack(shown.value.originals), back = unpack(shown.value.back);
      const [count, , rows, columns] = originals.shape;
      const colours = lookup("ink", studio.dark), muted = grey(studio.dark);
      // In as many rows of pairs as make the pictures largest.
      let best = { side: 0 };
      for (let lines = 1; lines <= count; lines++) {
        const across = Math.ceil(count / lines), words = rem(1.5);
        const side = Math.min(width / across - rem(0.5), (height / lines - 2 * words) / 2 / (rows / columns));
        if (side > best.side) best = { side, across, lines };
      }
      const { side, across, lines } = best, tall = (side * rows) / columns;
      const step = Math.min(width / across, 1.5 * side), line = Math.min(height / lines, 2 * tall + rem(3.4));
      const left = (width - across * step) / 2, top = (height - lines * line) / 2;
      pen.font = font(12);
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      for (let i = 0; i < count; i++) {
        const x = left + (i % across) * step + (step - side) / 2, y = top + Math.floor(i / across) * line;
        pen.fillStyle = muted;
        pen.fillText(shown.value.names[i], x + side / 2, y + rem(0.65), step);
        paint(pen, originals, i, colours, x, y + rem(1.3), side, tall);
        paint(pen, back, i, colours, x, y + rem(1.3) + tall + 3, side, tall);
        pen.strokeStyle = rule(studio.dark);
        pen.strokeRect(x - 0.5, y + rem(1.3) - 0.5, side + 1, 2 * tall + 4);
        pen.fillStyle = muted;
        pen.fillText(short(Number(shown.value.errors[i].toPrecision(2))), x + side / 2, y + rem(1.3) + 2 * tall + 3 + rem(0.75));
      }
    });
    watch([shown, () => studio.dark], redraw);
    const title = computed(() => shown.value && say(shown.value.page ? "back_of" : "back_of_each", { split: say(shown.value.split) }));
    const described = useDescription(() => shown.value && `${say("reconstructions")}. ${title.value}: ${shown.value.names.map((name, i) => `${name} ${spoken(shown.value.errors[i])}`).join(", ")}`);
    return { studio, say, look, shown, canvas, title, described };
  },
  template: `
    <section :aria-label="say('reconstructions')">
      <div class="row"><span class="fine">{{ title }}</span>
        <div class="sampler"><button class="text" id="sample-before" :aria-label="say('sample_before')" @click="look({ move: -1 })"><Icon name="back" /></button>
        <button class="text" id="sample-next" :aria-label="say('sample_next')" @click="look({ move: 1 })"><Icon name="next" /></button></div></div>
      <canvas ref="canvas" id="reconstructions" role="img" :aria-label="described || say('reconstructions')"></canvas>
    </section>`,
};
