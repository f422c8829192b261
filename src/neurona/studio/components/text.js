// A text that the net writes while it learns, drawn with a temperature; and what it finds likely to come first.
import { computed, inject, ref, watch } from "vue";
import { percent as share } from "./figures.js";

export default {
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look");
    const shown = computed(() => studio.frame?.scene.text);
    const about = computed(() => studio.state?.scene.about.text);
    const prompt = ref(""), warm = ref(null);
    let typed = 0;
    const percent = (likely) => share(likely, likely >= 0.1 ? 0 : 1);
    const rows = computed(() => shown.value.likely.filter(([, share]) => share > 0).map(([name, share]) => ({ name, share })));
    const problem = computed(() => (studio.problem?.from === "look" ? studio.problem : null));
    // What is typed is asked for when the hand rests.
    function type(event) {
      prompt.value = event.target.value;
      clearTimeout(typed);
      typed = setTimeout(() => {
        studio.problem = null;
        look({ prompt: prompt.value });
      }, 250);
    }
    watch(() => shown.value?.prompt, (told, before) => {
      if (told !== undefined && prompt.value === (before ?? "")) prompt.value = told;
    }, { immediate: true });
    // Where the slider is held stands until the session has it: frames of the training come in between.
    const temperature = computed(() => warm.value ?? shown.value.temperature);
    function heat(event) {
      warm.value = Number(event.target.value);
      look({ temperature: warm.value });
    }
    watch(shown, () => studio.sought || (warm.value = null));
    const number = (value) => value.toFixed(1);
    return { studio, say, look, shown, about, prompt, type, temperature, heat, rows, percent, problem, number };
  },
  template: `
    <section class="inside texts" :aria-label="say('text')">
      <template v-if="shown">
        <div class="seen" data-problems="look">
          <label class="line"><span class="fine">{{ say("prompt") }}</span>
            <input type="text" id="text-prompt" :value="prompt" :maxlength="about.longest" autocomplete="off" spellcheck="false" :placeholder="say('no_prompt')" :data-help="say('prompt_help')" @input="type" /></label>
          <label class="line"><span class="fine">{{ say("temperature") }} <b>{{ number(temperature) }}</b></span>
            <input type="range" id="text-temperature" min="0" :max="about.hottest" step="0.1" :value="temperature" :aria-valuetext="number(temperature)" :data-help="say('temperature_help')"
              @input="heat" /></label>
          <button class="text" id="text-luck" :data-help="say('luck_help')" @click="look({ luck: shown.luck + 1 })">{{ say("other_luck") }}</button>
          <span class="fine">{{ say(shown.prompt ? "comes_next" : "comes_first") }}</span>
          <table class="shares" :aria-label="say('comes_next')"><tbody>
            <tr v-for="(row, i) in rows" :key="row.name" :class="{ best: i === 0 }"><th scope="row">{{ row.name }}</th>
              <td class="bar"><i :style="{ width: 100 * row.share + '%' }"></i></td><td class="share">{{ percent(row.share) }}</td></tr></tbody></table>
        </div>
        <div class="layers" tabindex="0" role="group" :aria-label="say('text')"><p id="text" class="prose" :class="about.unit"><mark v-if="shown.begun">{{ shown.text.slice(0, shown.begun) }}</mark>{{ shown.text.slice(shown.begun) }}</p></div>
      </template>
    </section>`,
};
