// A place in the queue, where as many are at work as the machine has room for.
import Languages from "./languages.js";

export default {
  components: { Languages },
  inject: ["studio", "say"],
  template: `
    <div class="queue">
      <div class="panel"><div role="status">
        <svg viewBox="0 0 120 40" aria-hidden="true"><path d="M20 20H100" /><circle v-for="x in [20, 60, 100]" :key="x" :cx="x" cy="20" r="9"
          :class="{ now: x === 20 }" /></svg>
        <h2>{{ say("all_taken") }}</h2>
        <p>{{ say(studio.full.visitors === 1 ? "full_one" : "full_many", studio.full) }}</p>
        <p class="place">{{ studio.full.place === 1 ? say("next") : say("place", studio.full) }}</p>
        <p class="fine">{{ say("full_hint") }}</p></div>
        <Languages id="queue-language" />
      </div>
    </div>`,
};
