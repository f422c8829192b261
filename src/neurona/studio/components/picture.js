// A picture on its way through the net: what each layer makes of it, and what the net answers.
import { computed, inject, watch } from "vue";
import { unpack } from "./arrays.js";
import { useCanvas } from "./canvas.js";
import Layer from "./layer.js";
import Sampler from "./sampler.js";
import Shares from "./shares.js";
import { lookup, paint } from "./tiles.js";

export default {
  components: { Layer, Sampler, Shares },
  setup() {
    const studio = inject("studio"), say = inject("say");
    const shown = computed(() => studio.frame?.scene.picture);
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      if (!shown.value) return;
      const picture = unpack(shown.value.picture);
      picture.shape = [1, ...picture.shape];
      const side = Math.min(width / picture.shape[3], height / picture.shape[2]);
      const [w, h] = [side * picture.shape[3], side * picture.shape[2]];
      paint(pen, picture, 0, lookup("ink", studio.dark), (width - w) / 2, (height - h) / 2, w, h);
    });
    watch([shown, () => studio.dark], redraw);
    const name = computed(() => [say("picture"), ...(Number.isInteger(shown.value.truth) ? [`${say("true_class")}: ${studio.state.scene.classes[shown.value.truth]}`] : [])].join(". "));
    // Beside the drawing of a dense net there is less room across, and more below.
    const across = computed(() => (studio.state.scene.net.layers.length ? 8 : 16));
    return { studio, say, shown, canvas, name, across };
  },
  template: `
    <section class="inside" :aria-label="say('picture')">
      <template v-if="shown">
        <div class="seen">
          <canvas ref="canvas" id="picture" class="whole" role="img" :aria-label="name"></canvas>
          <Sampler :shown="shown" />
          <Shares v-if="shown.shares.length" :shares="shown.shares" :truth="shown.truth" />
        </div>
        <div class="layers" tabindex="0" role="group" :aria-label="say('layers')">
          <Layer v-for="layer in shown.layers" :key="layer.name" :layer="layer" :across="across" /></div>
      </template>
    </section>`,
};
