// The bar at the top: which recipe, driving the training, and what holds for the whole page.
import { whole } from "./figures.js";
import Icon from "./icons.js";
import Languages from "./languages.js";
import { take as takePicture } from "./svg.js";

const SPEEDS = ["slow", "medium", "fast", "full"];
// What is taken away, and what its file is called.
const FORMS = { pytorch: ".py", onnx: ".onnx", recipe: ".toml", run: ".zip", report: ".html", gif: ".gif" };
const PICTURES = ["svg", "png"];

export default {
  components: { Icon, Languages },
  inject: ["studio", "say", "ask"],
  emits: ["toggle", "remark"],
  data: () => ({ SPEEDS, FORMS, PICTURES }),
  computed: {
    word() {
      const frame = this.studio.frame;
      if (!frame) return this.say("loading");
      if (frame.word) return this.say(frame.word);
      if (frame.running) return this.say("training");
      if (frame.ended) return this.say("done");
      return this.say(frame.epoch || frame.steps[0] ? "paused" : "ready");
    },
    count() {
      return whole(this.studio.frame?.epoch ?? 0);
    },
    // While an epoch is under way: how many of its batches are done.
    batch() {
      const [done, of] = this.studio.frame?.steps || [0, 0];
      return done ? this.say("batch_of", { done, of }) : "";
    },
    total() {
      const total = this.studio.frame?.epochs;
      return total ? this.say("of", { total: whole(total) }) : "";
    },
  },
  methods: {
    setSpeed(event) {
      this.studio.speed = event.target.value;
      this.ask("speed", { speed: event.target.value });
    },
    take(what) {
      this.closeMenu();
      this.studio.busy = what;
      this.ask("take", { what });
    },
    // The view in sight, or the net where no view fits.
    picture(form) {
      this.closeMenu();
      const view = document.querySelector(".watch .main .view") || document.querySelector(".net");
      takePicture(view, form, `${this.studio.state.recipe.name}-${this.studio.inSight || "net"}.${form}`);
    },
    // What had the focus within is hidden now.
    closeMenu() {
      this.$refs.menu.open = false;
      this.$refs.take.focus();
    },
    leaveMenu(event) {
      if (!this.$refs.menu.contains(event.relatedTarget)) this.$refs.menu.open = false;
    },
    async share() {
      this.closeMenu();
      try {
        await navigator.clipboard.writeText(location.href);
      } catch {
        const field = Object.assign(document.createElement("textarea"), { value: location.href });
        document.body.append(field);
        field.select();
        document.execCommand("copy");
        field.remove();
      }
      this.$emit("remark", { text: this.say("copied") });
    },
    filmless(form) {
      return form === "gif" && this.studio.state?.scene.film === false;
    },
  },
  template: `
    <header class="heading">
      <h1 class="brand"><svg viewBox="0 0 32 32" aria-hidden="true"><path d="M6 9 16 16 26 9M6 23l10-7 10 7"/>
        <circle cx="6" cy="9" r="3"/><circle cx="6" cy="23" r="3"/><circle cx="16" cy="16" r="4"/>
        <circle cx="26" cy="9" r="3"/><circle cx="26" cy="23" r="3"/></svg><b>Neurona</b> Studio</h1>
      <button class="recipe" id="recipes" :title="studio.state?.recipe.title" @click="studio.choosing = true">
        <small>{{ say("recipes") }}</small><span :title="studio.state?.recipe.name">{{ studio.state?.recipe.name || "…" }}</span><Icon name="down" />
      </button>
      <div class="drive" role="group">
        <button class="round" id="reset" :aria-label="say('reset')" :data-help="say('reset')" @click="ask('reset')">
          <Icon name="reset" /></button>
        <button class="round play" id="play" :aria-label="say(studio.running ? 'pause' : 'play')" :disabled="!studio.state"
          :data-help="say(studio.running ? 'pause' : 'play')" @click="$emit('toggle')">
          <Icon :name="studio.running ? 'pause' : 'play'" /></button>
        <button class="round" id="batch" :aria-label="say('batch_step')" :data-help="say('batch_step')" @click="ask('batch')">
          <Icon name="batch" /></button>
        <button class="round" id="step" :aria-label="say('step')" :data-help="say('step')" @click="ask('step')">
          <Icon name="step" /></button>
      </div>
      <label class="speed"><small>{{ say("speed") }}</small>
        <select :value="studio.speed" id="speed" @change="setSpeed">
          <option v-for="speed in SPEEDS" :key="speed" :value="speed">{{ say(speed) }}</option></select></label>
      <div class="progress">
        <small>{{ say("epoch") }} · <span id="word">{{ word }}</span></small>
        <span><b id="epoch">{{ count }}</b> {{ total }}<span v-if="batch" id="batches" class="fine"> · {{ batch }}</span>
          <span v-else-if="studio.frame?.early" id="early" class="fine" :data-help="say('early_help')"> · {{ say("early") }}</span></span>
      </div>
      <button class="text" id="toml-toggle" :aria-pressed="studio.editing" :data-help="say('toml_help')"
        @click="studio.editing = !studio.editing"><Icon name="code" />TOML</button>
      <details class="menu" ref="menu" @focusout="leaveMenu" @keydown.esc="closeMenu">
        <summary ref="take" class="text" id="take"><Icon name="take" />{{ say("take") }}</summary>
        <div class="items">
          <button v-for="(suffix, form) in FORMS" :key="form" :id="'take-' + form" :disabled="!studio.state" :aria-disabled="filmless(form)" @click="filmless(form) || take(form)">
            <b>{{ say("take_" + form) }}</b><code>{{ suffix }}</code><small>{{ say(filmless(form) ? "take_gif_none" : "take_" + form + "_help") }}</small></button>
          <div class="pictures" role="group" :aria-label="say('take_picture')"><span><b>{{ say("take_picture") }}</b>
            <small>{{ say("take_picture_help") }}</small></span>
            <button v-for="form in PICTURES" :key="form" class="text" :id="'take-' + form" :disabled="!studio.state" @click="picture(form)">{{ form.toUpperCase() }}</button></div>
          <button class="link" id="share" @click="share"><b>{{ say("share") }}</b><small>{{ say("share_help") }}</small></button>
        </div>
      </details>
      <Languages id="language" />
      <button class="round small" id="theme" :aria-label="say('theme')" :data-help="say('theme')"
        @click="studio.dark = !studio.dark"><Icon :name="studio.dark ? 'sun' : 'moon'" /></button>
      <span v-if="studio.busy" class="busy" role="status">{{ say({ busy: "busy", upload: "uploading" }[studio.busy] || "preparing") }}</span>
    </header>`,
};
