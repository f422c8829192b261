// A page on which nothing happens while others wait for a place: a warning, and then the way back.
import { nextTick } from "vue";
import Languages from "./languages.js";

function focus() {
  document.getElementById("awake")?.focus();
}

export default {
  components: { Languages },
  inject: ["studio", "say", "ask"],
  mounted: focus,
  watch: { "studio.resting": () => nextTick(focus) },
  template: `
    <div v-if="studio.resting" class="queue" role="alertdialog" :aria-label="say('rest')">
      <div class="panel"><h2>{{ say("rest") }}</h2><p>{{ say("rest_hint") }}</p>
        <p><button class="text strong" id="awake" @click="ask('awake')">{{ say("rest_on") }}</button></p>
        <Languages id="rest-language" /></div></div>
    <div v-else class="problem idle" role="alert">
      <p><strong>{{ say("idle", { seconds: studio.idle }) }}</strong> {{ say("idle_hint") }}</p>
      <button class="text strong" id="here" @click="ask('here')">{{ say("idle_on") }}</button></div>`,
};
