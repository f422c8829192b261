// What the data are made of: how many samples there are of each class, with a picture of it, or how values are spread.
import { nextTick } from "vue";
import { unpack } from "./arrays.js";
import { classColours, css } from "./colours.js";
import { whole } from "./figures.js";
import { lookup, paint } from "./tiles.js";

const SPLITS = ["train", "valid", "test"];

export default {
  inject: ["studio", "say", "palette"],
  data: () => ({ SPLITS }),
  computed: {
    shown() {
      return this.studio.state?.scene.composition;
    },
    title() {
      return this.say(`composition_${this.shown.kind}`, this.shown);
    },
    // Classes have their colours where points have them too.
    colours() {
      const { classes, points } = this.studio.state.scene;
      return points ? classColours(this.palette, classes.length, this.studio.dark).map((colour) => css(colour)) : [];
    },
    rows() {
      const sums = this.shown.rows.map((row) => SPLITS.reduce((sum, name) => sum + row[name], 0)), most = Math.max(...sums);
      return this.shown.rows.map((row, i) => ({
        ...row, count: whole(sums[i]), split: this.say("samples_of", row),
        parts: SPLITS.map((name) => ({ name, width: `${(100 * row[name]) / most}%` })),
      }));
    },
    // How much room it takes: lines with pictures are higher.
    size() {
      const lines = (this.shown.rows?.length || 0) * (this.shown.pictures ? 1.38 : 1);
      return lines < 4.5 ? "few" : lines < 7 ? "some" : lines < 10.5 ? "more" : "most";
    },
    // Bars of values stand on each other, split by split.
    bars() {
      const { bars } = this.shown, sums = bars[0].map((_count, i) => bars[0][i] + bars[1][i] + bars[2][i]), most = Math.max(...sums);
      return sums.map((sum, i) => SPLITS.map((name, k) => ({ name, height: (100 * bars[k][i]) / most, below: (100 * bars.slice(0, k).reduce((all, one) => all + one[i], 0)) / most })));
    },
    spread() {
      return `${this.title}: ${this.shown.ends.join(" – ")}`;
    },
  },
  watch: {
    shown: { immediate: true, handler: "draw" },
    "studio.dark": "draw",
  },
  methods: {
    async draw() {
      await nextTick();
      if (!this.shown?.pictures) return;
      const pictures = unpack(this.shown.pictures), [height, width] = pictures.shape.slice(-2);
      this.$refs.pictures.forEach((canvas, i) => {
        [canvas.width, canvas.height] = [width, height];
        paint(canvas.getContext("2d"), pictures, i, lookup("ink", this.studio.dark), 0, 0, width, height);
      });
    },
  },
  template: `
    <section v-if="shown" class="composition" :class="{ [size]: true, dense: shown.rows?.length > 10 }" :aria-label="title">
      <h3>{{ title }}<span v-if="shown.rows && shown.of > rows.length">, {{ say("composition_first", { count: rows.length, of: shown.of }) }}</span></h3>
      <table v-if="shown.rows"><tbody>
        <tr v-for="(row, i) in rows" :key="i" :title="row.split">
          <td v-if="shown.pictures" class="seen"><canvas ref="pictures" aria-hidden="true"></canvas></td>
          <th scope="row" :title="row.name">{{ row.name }}</th>
          <td class="bar" :style="{ '--bar': colours[row.place] }"><i v-for="part in row.parts" :key="part.name" :class="part.name" :style="{ width: part.width }"></i></td>
          <td class="count">{{ row.count }}<span class="unseen">{{ row.split }}</span></td></tr>
      </tbody></table>
      <template v-else>
        <svg viewBox="0 0 140 100" preserveAspectRatio="none" role="img" :aria-label="spread"><g v-for="(bar, i) in bars" :key="i">
          <rect v-for="part in bar" :key="part.name" :class="part.name" :x="10 * i + 0.5" width="9" :y="100 - part.below - part.height" :height="part.height" /></g></svg>
        <p class="ends fine"><span>{{ shown.ends[0] }}</span><span>{{ shown.ends[1] }}</span></p>
      </template>
      <p class="legend" aria-hidden="true"><span v-for="name in SPLITS" :key="name"><i :class="name"></i>{{ say(name) }}</span></p>
    </section>`,
};
