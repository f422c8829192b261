// The probability of each class as bars; the likeliest stands out, and the true one is marked.
import { percent } from "./figures.js";

export default {
  inject: ["studio", "say"],
  props: { shares: Array, truth: Number },
  computed: {
    // Room for the longest name, as a share of the width.
    aside() {
      return `${Math.min(46, 9 + 4.8 * Math.max(...this.rows.map((row) => row.name.length)))}%`;
    },
    rows() {
      const names = this.studio.state.scene.classes, best = this.shares.indexOf(Math.max(...this.shares));
      return this.shares.map((share, i) => ({
        name: names[i] ?? String(i), share, best: i === best, true: i === this.truth,
        wrong: i === best && Number.isInteger(this.truth) && i !== this.truth,
      }));
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
    </tbody></table>`,
};
