// Which classes are taken for which.
import { parts } from "./breaks.js";
import { css, mix, paper, readable } from "./colours.js";

const NUMBERED = 12;

export default {
  inject: ["studio", "say"],
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
    // Names that differ by a number alone go by it where they are long, or many.
    brief() {
      const numbered = this.names.length > 6 ? /^(\D+?)(\d+)$/ : /^(\D{7,}?)(\d+)$/;
      const parts = this.names.map((name) => name.match(numbered));
      return parts.every((part) => part && part[1] === parts[0][1]) ? parts.map((part) => part[2]) : this.names;
    },
    // Room for the longest name, in rem.
    aside() {
      return Math.max(1.6, Math.min(9, 0.9 + 0.52 * Math.max(0, ...this.brief.map((name) => name.length))));
    },
    numbered() {
      return this.names.length <= NUMBERED;
    },
    // Ten numbers of three digits beside each other are written smaller.
    long() {
      return this.names.length > 9 && this.rows.some((row) => row.some((cell) => cell.count > 99));
    },
    title() {
      return this.found ? this.say("confusion_of", { count: this.found.samples, split: this.say(this.found.split) }) : "";
    },
  },
  methods: {
    parts: (name) => parts(name, 7),
    style(cell) {
      const full = this.studio.dark ? [86, 180, 233] : [0, 82, 145];
      const ground = mix(paper(this.studio.dark), full, 0.04 + 0.92 * cell.share);
      return { background: css(ground), color: readable(ground) };
    },
  },
  template: `
    <section :aria-label="say('confusion')" class="confusion">
      <div class="top"><h2>{{ say("confusion") }}</h2></div>
      <p class="fine">{{ title || "\u00a0" }}</p>
      <div class="matrix" v-if="rows.length">
        <table :class="{ dense: names.length > 6, many: !numbered, long }" :style="{ '--names': aside + 'rem' }">
          <caption class="unseen">{{ title }}</caption>
          <thead><tr><td></td><th v-for="(name, i) in names" :key="name" scope="col" :title="name"><span><template v-for="(part, k) in parts(brief[i])" :key="k">{{ part }}<wbr /></template></span></th></tr></thead>
          <tbody><tr v-for="(row, i) in rows" :key="i" :style="{ height: 100 / rows.length + '%' }"><th scope="row" :title="names[i]"><span><template v-for="(part, k) in parts(brief[i])" :key="k">{{ part }}<wbr /></template></span></th>
            <td v-for="(cell, j) in row" :key="j" :style="style(cell)" :title="names[i] + ' → ' + names[j] + ': ' + cell.count">{{ numbered ? cell.count : "" }}</td></tr></tbody>
        </table>
      </div>
      <p class="fine">{{ say("confusion_axes") }}</p>
    </section>`,
};
