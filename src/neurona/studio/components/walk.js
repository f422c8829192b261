// One training step, opened: the five steps of the loop, the graph as it fills, and each line of the derivation.
import Chooser from "./chooser.js";
import { whole } from "./figures.js";
import Icon from "./icons.js";

const LOOP = [
  ["forward", "outputs = net(x)"],
  ["loss", "loss = criterion(outputs, y)"],
  ["clear", "optimizer.zero_grad()"],
  ["backward", "loss.backward()"],
  ["step", "optimizer.step()"],
];
const ROOM = 20;

export default {
  components: { Chooser, Icon },
  inject: ["studio", "say", "ask"],
  data: () => ({ LOOP, place: 0 }),
  computed: {
    told() {
      return this.studio.walk;
    },
    frame() {
      return this.told.frames[Math.min(this.place, this.told.frames.length - 1)];
    },
    phase() {
      return this.told.steps[this.frame.step].phase;
    },
    splits() {
      return Object.entries(this.studio.state.scene.samples).filter(([, count]) => count).map(([name]) => name);
    },
    now() {
      const step = this.told.steps[this.frame.step];
      return step.lines[this.frame.line] || step.text;
    },
  },
  watch: {
    place: "light",
    told() {
      this.place = Math.min(this.place, this.told.frames.length - 1);
      this.$nextTick(this.light);
    },
  },
  mounted() {
    this.$refs.dialog.showModal();
    this.$refs.slider.focus();
    this.light();
  },
  // A dialog that is closed gives the focus back; one that is only taken away would lose it.
  beforeUnmount() {
    this.$refs.dialog.close();
  },
  methods: {
    go(place) {
      this.place = Math.max(0, Math.min(this.told.frames.length - 1, place));
    },
    whole,
    goTo(phase) {
      const place = this.told.frames.findIndex((frame) => this.told.steps[frame.step].phase === phase);
      if (place >= 0) this.go(place);
    },
    goToLine(step, line) {
      this.go(this.told.frames.findIndex((frame) => frame.step === step && (line < 0 || frame.line === line)));
    },
    choose(sample) {
      const wanted = Math.round(Number(sample)), { split, samples } = this.told;
      if (Number.isFinite(wanted)) this.ask("walk", { split, sample: (wanted + samples) % samples });
    },
    // Of a batch: so many samples on.
    move(by) {
      const { batch, sample } = this.told;
      if (batch) this.ask("walk", { batch: true, sample: batch[(batch.indexOf(sample) + by + batch.length) % batch.length] });
      else this.choose(sample + by);
    },
    take(batch) {
      this.ask("walk", { batch, split: "train", sample: this.told.split === "train" ? this.told.sample : 0 });
    },
    // The step of the optimizer that was walked, and then the one after it.
    make() {
      this.ask("batch");
      this.ask("walk", { batch: true, split: "train", sample: -1 });
    },
    // The numbers of the graph come up as the walk reaches them; the drawing itself is text from the session.
    light() {
      const { reached } = this.told, graph = this.$refs.graph;
      for (const node of graph.querySelectorAll(".node")) {
        const label = node.dataset.node, current = label === this.frame.node;
        node.classList.toggle("seen-value", this.place >= reached[label].value);
        node.classList.toggle("seen-gradient", this.place >= reached[label].gradient);
        node.classList.toggle("current", current);
        if (current) this.reveal(graph, node);
      }
      // A large graph begins far from its corner.
      if (!this.place && !this.frame.node) this.reveal(graph, graph.querySelector(".node[data-node=x]") || graph.querySelector(".node"));
      for (const edge of graph.querySelectorAll(".edge")) {
        edge.classList.toggle("seen-value", this.place >= reached[edge.dataset.to].value);
        edge.classList.toggle("seen-gradient", this.place >= reached[edge.dataset.from].gradient);
      }
      this.$nextTick(this.follow);
    },
    // The step that is walked, and of a long one its line.
    follow() {
      const { steps } = this.$refs;
      for (const one of [steps.querySelector("li.current"), steps.querySelector(".line.current")]) one?.scrollIntoView({ block: "nearest" });
    },
    // What is out of sight of a node and those that it is joined to comes to the middle with it; the node alone where there is
    // no room for them all.
    reveal(sheet, node) {
      const label = node.dataset.node, joined = new Set([label]), frame = sheet.getBoundingClientRect();
      for (const { dataset: { from, to } } of sheet.querySelectorAll(".edge")) if (from === label || to === label) joined.add(from).add(to);
      const boxes = [...sheet.querySelectorAll(".node")].filter((one) => joined.has(one.dataset.node)).map((one) => one.getBoundingClientRect());
      const own = node.getBoundingClientRect();
      const shift = (low, high) => {
        const [begin, end] = [Math.min(...boxes.map((box) => box[low])) - ROOM, Math.max(...boxes.map((box) => box[high])) + ROOM];
        if (begin >= frame[low] && end <= frame[high]) return 0;
        const [from, to] = end - begin > frame[high] - frame[low] ? [own[low], own[high]] : [begin, end];
        return (from + to - frame[low] - frame[high]) / 2;
      };
      sheet.scrollBy(shift("left", "right"), shift("top", "bottom"));
    },
    key(event) {
      const typing = event.target.closest("input[type=number], select");
      if (typing || event.target === this.$refs.slider || event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "ArrowRight") this.go(this.place + 1);
      else if (event.key === "ArrowLeft") this.go(this.place - 1);
      else return;
      event.preventDefault();
    },
    leave() {
      this.studio.walk = null;
    },
    outside(event) {
      if (event.target === this.$refs.dialog) this.leave();
    },
  },
  template: `
    <dialog ref="dialog" class="dialog walk" :aria-label="say('walk')" @close="leave" @click="outside" @keydown="key">
      <div class="inside">
        <div class="top"><h2 :title="told.title">{{ told.title }}</h2><span class="space"></span>
          <button v-if="told.batch" class="make" id="walk-make" :disabled="studio.frame?.ended" :title="say('walk_make_help')" @click="make">{{ say("walk_make") }}</button>
          <div class="modes" role="group" :aria-label="say('walk_modes')">
            <button id="walk-one" :aria-pressed="!told.batch" :title="say('walk_one_help')" @click="take(false)">{{ say("walk_one") }}</button>
            <button id="walk-batch" :aria-pressed="!!told.batch" :title="say('walk_batch_help')" @click="take(true)">{{ say("walk_batch") }}</button></div>
          <div class="chooser" role="group" :aria-label="say('walk_sample')">
            <label for="walk-sample">{{ say("walk_sample") }}</label>
            <button class="round" id="walk-before" :aria-label="say('walk_before')" @click="move(-1)"><Icon name="back" /></button>
            <input type="number" id="walk-sample" min="0" :max="told.samples - 1" :value="told.sample" :disabled="!!told.batch" @change="choose($event.target.value)" />
            <button class="round" id="walk-after" :aria-label="say('walk_after')" @click="move(1)"><Icon name="on" /></button>
            <span v-if="told.batch" class="fine" id="walk-count">{{ say("walk_of_batch", { place: told.batch.indexOf(told.sample) + 1, count: told.batch.length }) }}</span>
            <template v-else><span class="fine">{{ say("walk_of", { count: whole(told.samples) }) }}</span>
              <select id="walk-split" :value="told.split" :aria-label="say('walk_split')" @change="ask('walk', { split: $event.target.value, sample: 0 })">
                <option v-for="name in splits" :key="name" :value="name">{{ say(name) }}</option></select></template></div>
          <button class="plain" id="walk-close" :aria-label="say('close')" @click="leave">×</button></div>
        <ol class="loop">
          <li v-for="([name, code], i) in LOOP" :key="name">
            <button :id="'loop-' + name" :class="{ current: phase === name }" :aria-current="phase === name ? 'step' : null" @click="goTo(name)">
              <b>{{ i + 1 }}. {{ say("loop_" + name) }}</b><code>{{ code }}</code></button></li>
        </ol>
        <p v-if="studio.problem" class="error" role="alert"><strong>{{ studio.problem.problem }}</strong> {{ studio.problem.hint }}</p>
        <div class="both">
          <Chooser />
          <div ref="graph" class="graph-sheet" tabindex="0" role="group" :aria-label="say('walk_graph')" v-html="told.graph"></div>
          <div class="slide">
            <button class="round" id="walk-back" :aria-label="say('walk_back')" :disabled="place === 0" @click="go(place - 1)"><Icon name="back" /></button>
            <input ref="slider" type="range" id="walk-slider" min="0" :max="told.frames.length - 1" v-model.number="place" :aria-label="say('walk_slider')" :aria-valuetext="now" />
            <button class="round" id="walk-on" :aria-label="say('walk_on')" :disabled="place === told.frames.length - 1" @click="go(place + 1)"><Icon name="on" /></button>
            <output class="fine">{{ place + 1 }} / {{ told.frames.length }}</output>
            <p class="unseen" id="walk-now" aria-live="polite">{{ now }}</p></div>
          <ol ref="steps" class="steps" tabindex="0" :aria-label="say('walk_steps')">
            <li v-for="(step, i) in told.steps" :key="i" :class="{ current: i === frame.step }">
              <p><span v-if="step.phase" class="tag">{{ say("loop_" + step.phase) }}</span>{{ step.text }}</p>
              <pre v-if="step.code" class="code">{{ step.code }}</pre>
              <button v-for="(line, j) in step.lines" :key="j" class="line" :class="{ current: i === frame.step && j === frame.line }" @click="goToLine(i, j)">{{ line }}</button>
              <template v-for="array in step.arrays" :key="array.name">
                <details v-if="array.whole"><summary>{{ array.name }} = {{ array.summary }}</summary><pre>{{ array.whole }}</pre></details>
                <pre v-else>{{ array.name }} = {{ array.summary }}</pre>
              </template>
              <div v-if="step.table" class="scroll" tabindex="0" role="region" :aria-label="step.text"><table><thead><tr><th v-for="head in step.table.columns" :key="head">{{ head }}</th></tr></thead>
                <tbody><tr v-for="(row, k) in step.table.rows" :key="k"><td v-for="(cell, l) in row" :key="l">{{ cell }}</td></tr></tbody></table></div>
            </li>
          </ol>
        </div>
      </div>
    </dialog>`,
};
