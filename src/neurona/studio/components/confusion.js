// Which classes are taken for which.
import { css, mix, paper, rgb } from "./colours.js";

const NUMBERED = 12;

export default {
  inject: ["studio", "say", "palette"],
  computed: {
    found() {
      return this.studio.frame?.scene.confusion;
    },
    names() {
      return this.studio.state?.scene.classes || [];
    },
    rows() {
      if (!this.found || this.found.counts.length !== this.names.length) return [];
      return this.found.counts.map((row) => {
        const total = row.reduce((sum, count) => sum + count, 0) || 1;
        return row.map((count) => ({ count, share: count / total }));
      });
    },
    // Names that differ by a number alone go by it where they are long.
    brief() {
      const parts = this.names.map((name) => name.match(/^(\D{5,}?)(\d+)$/));
      return parts.every((part) => part && part[1] === parts[0][1]) ? parts.map((part) => part[2]) : this.names;
    },
    numbered() {
      return this.names.length <= NUMBERED;
    },
    title() {
      return this.found ? this.say("confusion_of", { count: this.found.samples, split: this.say(this.found.split) }) : "";
    },
  },
  methods: {
    style(cell) {
      const full = this.studio.dark ? [86, 180, 233] : rgb(this.palette[0]);
      const ground = mix(paper(this.studio.dark), full, 0.04 + 0.92 * cell.share);
      const dark = this.studio.dark ? cell.share > 0.5 : cell.share <= 0.5;
      return { background: css(ground), color: dark ? "#1f2933" : "#fff" };
    },
  },
  template: `
    <section :aria-label="say('confusion')" class="confusion">
      <div class="top"><h2>{{ say("confusion") }}</h2></div>
      <p class="fine">{{ title }}</p>
      <div class="matrix" v-if="rows.length">
        <table :class="{ dense: names.length > 6 }">
          <caption class="unseen">{{ title }}</caption>
          <thead><tr><td></td><th v-for="(name, i) in names" :key="name" scope="col" :title="name">{{ brief[i] }}</th></tr></thead>
          <tbody><tr v-for="(row, i) in rows" :key="i"><th scope="row" :title="names[i]">{{ brief[i] }}</th>
            <td v-for="(cell, j) in row" :key="j" :style="style(cell)" :title="names[i] + ' → ' + names[j] + ': ' + cell.count">{{ numbered ? cell.count : "" }}</td></tr></tbody>
        </table>
      </div>
      <p class="fine">{{ say("confusion_axes") }}</p>
    </section>`,
};
