// What a decoder writes of one sample: word for word beside what is right, how sure it is, and its states meanwhile.
import { computed, inject, watch } from "vue";
import { unpack } from "./arrays.js";
import { useCanvas } from "./canvas.js";
import { percent as share } from "./figures.js";
import Sampler from "./sampler.js";
import Steps from "./steps.js";
import { lookup, paint } from "./tiles.js";

export default {
  components: { Sampler, Steps },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look");
    const shown = computed(() => studio.frame?.scene.writing);
    const { canvas, redraw } = useCanvas((pen, width, height) => {
      if (!shown.value?.picture) return;
      const picture = unpack(shown.value.picture), [, rows, columns] = picture.shape, side = Math.min(width / columns, height / rows);
      paint(pen, { ...picture, shape: [1, ...picture.shape] }, 0, lookup("ink", studio.dark), (width - side * columns) / 2, (height - side * rows) / 2, side * columns, side * rows);
    });
    const wrong = computed(() => shown.value.says.map((word, i) => word !== shown.value.right[i]));
    // A column for each step that is written; a row for each that was read.
    const looking = computed(() => {
      const { attention, grid, read } = shown.value;
      if (!attention) return null;
      const { numbers, shape } = unpack(attention), [steps, places] = shape;
      if (grid) return { numbers, shape, grid, title: say("glances") };
      const turned = new Uint8Array(numbers.length);
      for (let step = 0; step < steps; step++) for (let place = 0; place < places; place++) turned[place * steps + step] = numbers[step * places + place];
      return { numbers: turned, shape: [places, steps], labels: read, title: say("looks_at") };
    });
    const percent = (likely) => share(likely, likely > 0.995 ? 1 : 0);
    const lines = computed(() => shown.value.right.map((right, i) => ({
      says: shown.value.says[i] ?? "", right, wrong: wrong.value[i], share: shown.value.likely[i]?.[0][1] ?? 0,
      others: (shown.value.likely[i] || []).slice(1).map(([word, share]) => `${word} ${percent(share)}`).join(", "),
    })));
    const exact = computed(() => !wrong.value.some(Boolean));
    const units = computed(() => {
      const map = shown.value.maps[0];
      return map && map.of > map.units.length ? say("units_of", { count: map.units.length, of: map.of }) : "";
    });
    watch([shown, () => studio.dark], redraw);
    return { studio, say, look, shown, canvas, looking, lines, exact, percent, units, drawn: computed(() => ({ ...shown.value, wrong: wrong.value })) };
  },
  template: `
    <section class="inside writes" :aria-label="say('writing')">
      <template v-if="shown">
        <div class="seen">
          <canvas v-if="shown.picture" ref="canvas" class="whole" role="img" :aria-label="say('what_is_read')"></canvas>
          <Sampler :shown="shown" />
          <p v-if="shown.read" class="read"><span class="fine">{{ say("what_is_read") }}</span> {{ shown.read.join(" ") }}</p>
          <label v-if="shown.layers > 1" class="pick"><span class="fine">{{ say("layer") }}</span>
            <select id="writing-layer" :value="shown.layer" @change="look({ layer: Number($event.target.value) })">
              <option v-for="i in shown.layers" :key="i" :value="i - 1">{{ i }}</option></select></label>
          <table class="answered" :aria-label="say('writing')">
            <thead><tr><th scope="col">{{ say("writes") }}</th><td></td><th scope="col">{{ say("should_write") }}</th></tr></thead>
            <tbody><tr v-for="(line, i) in lines" :key="i" :class="{ wrong: line.wrong }" :title="line.others">
              <th scope="row">{{ line.says }}</th>
              <td><span class="meter"><i :style="{ width: 100 * line.share + '%' }"></i></span><small>{{ percent(line.share) }}</small></td>
              <td>{{ line.right || "–" }} <b aria-hidden="true">{{ line.wrong ? "✗" : "✓" }}</b><span class="unseen">{{ say(line.wrong ? "is_wrong" : "is_right") }}</span></td></tr></tbody></table>
          <p class="fine">{{ units }}</p>
        </div>
        <Steps :shown="drawn" :looking="looking" name="writing" :label="say('writing')" />
      </template>
    </section>`,
};
