// What if: the values of a row as controls, the net's answer to them, and its course along one column.
import { computed, inject, ref, watch } from "vue";
import { parts } from "./breaks.js";
import Course, { days } from "./course.js";
import { digits, percent, whole } from "./figures.js";
import Icon from "./icons.js";
import Sampler from "./sampler.js";
import Shares from "./shares.js";

export default {
  components: { Course, Icon, Sampler, Shares },
  setup() {
    const studio = inject("studio"), say = inject("say"), look = inject("look");
    const about = computed(() => studio.state?.scene.about.whatif), classes = computed(() => studio.state?.scene.classes || []);
    // A frame of the data before does not go with the controls of those now.
    const shown = computed(() => {
      const found = studio.frame?.scene.whatif, answers = classes.value.length || about.value?.targets.length;
      return found?.cells.length === about.value?.fields.length && found?.before.length === answers ? found : undefined;
    });
    const fields = computed(() => about.value.fields.map((field, i) => ({ ...field, ...shown.value?.cells[i], id: `whatif-${i}` })));
    // What was changed, before the session has answered too: wishes that follow one another quickly must hold all of it.
    const changes = ref({});
    const texts = () => Object.fromEntries(fields.value.filter((one) => one.as_it_was !== undefined).map((one) => [one.name, one.text]));
    // What is typed or held stands until the session has taken it up: frames of the training come in between.
    const drafts = ref({}), typed = ref(null);
    watch([() => shown.value?.sample, () => shown.value?.cells.length], () => ([changes.value, drafts.value] = [shown.value ? texts() : {}, {}]), { immediate: true });
    const changed = computed(() => fields.value.some((one) => one.as_it_was !== undefined));
    const draft = (field, it) => (drafts.value = { ...drafts.value, [field.name]: it });
    const text = (field) => drafts.value[field.name]?.text ?? field.text;
    const at = (field) => drafts.value[field.name]?.at ?? field.at ?? field.low;
    function set(field, value, held) {
      changes.value = { ...changes.value, [field.name]: String(value) };
      draft(field, { text: String(value), at: held, sent: true });
      look({ set: changes.value, along: field.name });
    }
    function slide(field, event) {
      const held = event.target.value;
      set(field, field.kind === "date" ? days(Number(held)) : held.replace(".", about.value.decimal), Number(held));
    }
    function left(field) {
      if (!drafts.value[field.name]?.sent) draft(field, undefined);
    }
    watch(shown, () => {
      const taken = fields.value.filter((one) => drafts.value[one.name]?.sent && drafts.value[one.name].text === one.text);
      if (taken.length) drafts.value = { ...drafts.value, ...Object.fromEntries(taken.map((one) => [one.name, undefined])) };
    });
    function back() {
      changes.value = drafts.value = {};
      look({ set: {} });
    }
    function along(name) {
      if (shown.value.along?.name !== name) look({ along: name, set: changes.value });
    }
    function row(event) {
      const number = Math.round(Number(event.target.value));
      typed.value = null;
      if (number >= 1 && number <= shown.value.count) look({ sample: number - 1 });
    }
    const share = (field) => `${Math.max(0, Math.min(100, (100 * (at(field) - field.low)) / (field.high - field.low || 1)))}%`;

    // ------------------------------------------------------------------ the answer
    const labelled = computed(() => studio.state?.scene.task === "multilabel");
    const amount = (value) => (classes.value.length ? percent(value, 1) : digits(value));
    const likeliest = (answer) => answer.indexOf(Math.max(...answer));
    const inWords = (answer) => (labelled.value ? classes.value.filter((_name, k) => answer[k] >= 0.5).join(", ") || "–" : `${classes.value[likeliest(answer)]} (${percent(Math.max(...answer), 1)})`);
    const said = computed(() => (shown.value.answer ? inWords(shown.value.answer) : "–"));
    const before = computed(() => say("whatif_was", { value: classes.value.length ? inWords(shown.value.before) : shown.value.before.map((one) => digits(one)).join(", ") }));
    // What changes twenty times a second is not read out.
    const calm = computed(() => (studio.frame?.running ? null : "status"));
    return { studio, say, parts, shown, about, classes, fields, changed, draft, typed, text, at, left, set, slide, back, along, row, share, labelled, said, before, amount, digits, whole, calm };
  },
  template: `
    <section class="whatif" :aria-label="say('whatif')">
      <template v-if="shown && about">
        <div class="row"><Sampler :shown="shown" />
          <label class="pick"><span class="fine">{{ say("whatif_row") }}</span><input type="text" inputmode="numeric" id="whatif-row" :value="typed ?? shown.sample + 1" @input="typed = $event.target.value" @change="row" />
            <span class="fine">/ {{ whole(shown.count) }}, {{ say(shown.split) }}</span></label>
          <button class="text" id="whatif-back" :disabled="!changed" :aria-label="say('whatif_back')" :title="say('whatif_back')" :data-help="say('whatif_back_help')" @click="back"><Icon name="undo" /></button></div>
        <div class="both">
          <div class="fields controls column" role="group" :aria-label="say('whatif_values')">
            <div v-for="field in fields" :key="field.name" class="field" :class="{ wrong: field.problem, changed: field.as_it_was !== undefined, along: shown.along?.name === field.name, number: field.kind !== 'category', date: field.kind === 'date' }" @focusin="along(field.name)">
              <label :for="field.id" :title="field.label"><template v-for="(part, i) in parts(field.label)" :key="i">{{ part }}<wbr /></template></label>
              <select v-if="field.kind === 'category'" :id="field.id" :value="text(field)" :aria-describedby="field.id + '-note'" @change="set(field, $event.target.value)">
                <option value="">{{ say("whatif_missing") }}</option><option v-for="value in field.values" :key="value" :value="value">{{ value }}</option></select>
              <template v-else>
                <input type="range" :min="field.low" :max="field.high" :step="field.step" :value="at(field)" :style="{ '--at': share(field) }" :aria-label="field.label" :aria-valuetext="text(field)"
                  @input="slide(field, $event)" />
                <input type="text" :id="field.id" :value="text(field)" maxlength="200" autocomplete="off" :aria-invalid="!!field.problem" :aria-describedby="field.id + '-note'" @input="draft(field, { text: $event.target.value })" @change="set(field, $event.target.value)" @blur="left(field)" /></template>
              <p class="beside" :id="field.id + '-note'" :class="{ error: field.problem, fine: !field.problem }" :role="field.problem ? 'alert' : null">
                {{ field.problem }} {{ field.hint }} {{ field.note }} <template v-if="field.as_it_was !== undefined">{{ say("whatif_was", { value: field.as_it_was || say("whatif_missing") }) }}</template></p></div>
            <p v-if="about.of > fields.length" class="fine">{{ say("first_of", { count: fields.length }) }}</p></div>
          <div class="said">
            <p v-if="!shown.answer" class="error" role="status">{{ say("whatif_unanswered") }}</p>
            <template v-else-if="classes.length && !labelled"><p class="headline" :role="calm" id="whatif-answer">{{ said }}</p><Shares :shares="shown.answer.map((one) => one ?? 0)" :truth="shown.truth" :most="6" /></template>
            <template v-else-if="labelled"><p class="headline" :role="calm" id="whatif-answer">{{ said }}</p></template>
            <dl v-else id="whatif-answer" :role="calm"><template v-for="(name, i) in about.targets" :key="name"><div class="main"><dt>{{ name }}, {{ say("predicted_value") }}</dt><dd>{{ digits(shown.answer[i]) }}</dd></div>
              <div class="main"><dt>{{ say("true_value") }}</dt><dd>{{ digits(shown.true[i]) }}</dd></div></template></dl>
            <p v-if="changed" class="fine" id="whatif-before">{{ before }}</p>
            <template v-if="shown.along">
              <label class="pick"><span class="fine">{{ say("whatif_along") }}</span>
                <select id="whatif-along" :value="shown.along.name" :title="fields.find((one) => one.name === shown.along.name)?.label" @change="along($event.target.value)"><option v-for="field in fields" :key="field.name" :value="field.name">{{ field.label }}</option></select></label>
              <Course :shown="shown" :about="about" :classes="classes" :amount="amount" :labelled="labelled" /></template></div></div>
      </template>
    </section>`,
};
