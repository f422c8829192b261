// One sequence: what is read, what a layer holds meanwhile as heat maps over the steps, and what is answered.
import { computed, inject } from "vue";
import { unpack } from "./arrays.js";
import { short } from "./canvas.js";
import Sampler from "./sampler.js";
import Shares from "./shares.js";
import Steps from "./steps.js";

export default {
  components: { Sampler, Shares, Steps },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look");
    const shown = computed(() => studio.frame?.scene.gates);
    const listed = computed(() => !!shown.value?.aligned && [...shown.value.says, ...shown.value.steps].some((label) => label.length > 2));
    const looking = computed(() => {
      const { attention, says } = shown.value || {};
      return attention && { ...unpack(attention), labels: says, title: say("attention") };
    });
    const written = computed(() => {
      const { says, right, steps, aligned } = shown.value || {};
      if (!says || (aligned && !listed.value)) return null;
      return right.map((right, i) => ({ read: aligned ? steps[i] : "", says: says[i], right, wrong: says[i] !== right }));
    });
    const numbers = computed(() => (shown.value?.value || []).map((value, i) => ({ name: shown.value.target[i], value: short(value), wanted: short(shown.value.wanted[i]) })));
    const units = computed(() => {
      const map = shown.value?.maps[0];
      return map && map.of > map.units.length ? say("units_of", { count: map.units.length, of: map.of }) : "";
    });
    return { studio, say, look, shown, looking, written, numbers, units };
  },
  template: `
    <section class="inside" :aria-label="say('gates')">
      <template v-if="shown">
        <div class="seen">
          <Sampler :shown="shown" />
          <label v-if="shown.layers > 1" class="pick"><span class="fine">{{ say("layer") }}</span>
            <select id="gates-layer" :value="shown.layer" @change="look({ layer: Number($event.target.value) })">
              <option v-for="i in shown.layers" :key="i" :value="i - 1">{{ i }}</option></select></label>
          <Shares v-if="shown.shares" :shares="shown.shares" :truth="shown.truth" />
          <table v-if="numbers.length" class="numbers"><thead><tr><td></td><th scope="col">{{ say("answer") }}</th><th scope="col">{{ say("truth") }}</th></tr></thead>
            <tbody><tr v-for="one in numbers" :key="one.name"><th scope="row">{{ one.name }}</th><td id="answer">{{ one.value }}</td><td>{{ one.wanted }}</td></tr></tbody></table>
          <template v-if="written"><span class="fine">{{ say(shown.aligned ? "answered" : "written") }}</span>
            <ol class="written" :class="{ pairs: shown.aligned }"><li v-for="(one, i) in written" :key="i"><template v-if="one.read">{{ one.read }} → </template><span :class="{ wrong: one.wrong }">{{ one.says }}<template v-if="one.wrong"> ✗ <small>({{ one.right }})</small></template></span></li></ol></template>
          <p v-if="shown.aligned && !written" class="fine">{{ say("below_answers") }}</p>
          <p class="fine">{{ units }}</p>
        </div>
        <Steps :shown="shown" :looking="looking" name="gates" :label="say('gates')" />
      </template>
    </section>`,
};
