// What has to be trained before the net that is wanted can be there: how far it is, and the way back.
import { nextTick } from "vue";
import Languages from "./languages.js";

function focus() {
  document.getElementById("stop")?.focus();
}

// The bar, where the recipe was asked for, can have the focus again once this has gone.
function back() {
  nextTick(() => document.getElementById("recipes").focus());
}

export default {
  components: { Languages },
  inject: ["studio", "say", "ask"],
  mounted: focus,
  unmounted: back,
  computed: {
    far() {
      const { share, left } = this.studio.wait, percent = `${Math.floor(100 * share)}\u00a0%`;
      return left > 90 ? `${percent} · ${this.say("wait_left", { minutes: Math.round(left / 60) })}` : percent;
    },
  },
  template: `
    <div class="queue" role="alertdialog" aria-labelledby="wait-title" aria-describedby="wait-text">
      <div class="panel">
        <h2 id="wait-title">{{ say("wait") }}</h2>
        <p id="wait-text">{{ studio.wait.text }}</p>
        <p class="place"><progress :value="studio.wait.share" max="1" :aria-label="say('wait')"></progress><span>{{ far }}</span></p>
        <p><button class="text strong" id="stop" @click="ask('stop')">{{ say("wait_stop") }}</button></p>
        <Languages id="wait-language" />
      </div>
    </div>`,
};
