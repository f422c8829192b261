// Several labels: their probabilities for one sample, and how well each is found among all.
import { computed, inject } from "vue";
import { percent, whole } from "./figures.js";
import Sampler from "./sampler.js";

export default {
  components: { Sampler },
  setup() {
    const studio = inject("studio"), say = inject("say");
    const shown = computed(() => studio.frame?.scene.labels);
    const verdict = (label) => (label.share >= 0.5) === label.wanted;
    const caption = computed(() => say("labels_of", { count: whole(shown.value.samples), split: say(shown.value.split) }));
    const more = computed(() => (shown.value.of > shown.value.labels.length ? say("first_of", { count: shown.value.labels.length }) : ""));
    return { studio, say, shown, percent, verdict, caption, more };
  },
  template: `
    <section class="tables" :aria-label="say('labels')">
      <template v-if="shown">
        <div class="row"><Sampler :shown="shown" /></div>
        <div class="layers" tabindex="0" role="group" :aria-label="say('labels')"><table class="labels" id="labels">
          <thead><tr><td></td><th scope="colgroup" colspan="2">{{ say("this_sample") }}</th><th scope="colgroup" colspan="4">{{ caption }} {{ more }}</th></tr>
            <tr><td></td><th scope="col">{{ say("probability") }}</th><th scope="col">{{ say("true_label") }}</th>
            <th scope="col">{{ say("have_it") }}</th><th scope="col">{{ say("given_it") }}</th><th scope="col" :data-help="say('precision_help')">{{ say("precision") }}</th><th scope="col" :data-help="say('recall_help')">{{ say("recall") }}</th></tr></thead>
          <tbody><tr v-for="label in shown.labels" :key="label.name">
            <th scope="row" :title="label.name">{{ label.name }}</th>
            <td class="bar" :class="{ on: label.share >= 0.5, wrong: !verdict(label) }"><span class="meter"><i :style="{ width: 100 * label.share + '%' }"></i><u></u></span><small>{{ percent(label.share) }}</small></td>
            <td class="mark" :class="{ wrong: !verdict(label) }"><span aria-hidden="true">{{ label.wanted ? "●" : "○" }} {{ verdict(label) ? "" : "✗" }}</span>
              <span class="unseen">{{ say(label.wanted ? "has_it" : "has_it_not") }}, {{ say(verdict(label) ? "is_right" : "is_wrong") }}</span></td>
            <td>{{ label.there }}</td><td>{{ label.given }}</td><td>{{ percent(label.precision) }}</td>
            <td>{{ percent(label.recall) }}</td></tr></tbody></table></div>
        <p class="fine under">{{ say("labels_note") }}</p>
      </template>
    </section>`,
};
