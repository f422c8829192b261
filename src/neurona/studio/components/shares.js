// The probability of each class as bars; the likeliest stands out, and the true one is marked.
import { percent } from "./figures.js";

export default {
  inject: ["studio", "say"],
  // most: how many are shown, the likeliest ones and the true one; all where it is not given.
  props: { shares: Array, truth: Number, most: Number },
  computed: {
    // Room for the longest name, as a share of the width.
    aside() {
      return `${Math.min(46, 9 + 4.8 * Math.max(...this.rows.map((row) => row.name.length)))}%`;
    },
    likeliest() {
      const order = this.shares.map((_share, i) => i).sort((a, b) => this.shares[b] - this.shares[a]);
      return new Set(order.slice(0, this.most));
    },
    rows() {
      const names = this.studio.state.scene.classes, best = this.shares.indexOf(Math.max(...this.shares));
      const all = this.shares.map((share, i) => ({
        name: names[i] ?? String(i), share, best: i === best, true: i === this.truth,
        wrong: i === best && Number.isInteger(this.truth) && i !== this.truth,
      }));
      return this.most && all.length > this.most + 2 ? all.filter((row, i) => row.true || this.likeliest.has(i)) : all;
    },
  },
  methods: {
    percent(share) {
      return percent(share, share > 0.1 && share < 0.999 ? 0 : 1);
    },
  },
  template: `
    <table class="shares" :style="{ '--names': aside }" :aria-label="say('shares')"><tbody>
      <tr v-for="row in rows" :key="row.name" :class="{ best: row.best, wrong: row.wrong, true: row.true }">
        <th scope="row" :title="row.name">{{ row.name }}</th>
        <td class="bar"><i :style="{ width: 100 * row.share + '%' }"></i></td>
        <td class="share">{{ percent(row.share) }}</td>
        <td class="mark" :title="row.true ? say('true_class') : ''">{{ row.true ? "✓" : "" }}<span v-if="row.true" class="unseen">{{ say("true_class") }}</span></td></tr>
      <tr v-if="rows.length < shares.length"><td class="fine" colspan="4">{{ say("more_units", { count: shares.length - rows.length }) }}</td></tr>
    </tbody></table>`,
};
