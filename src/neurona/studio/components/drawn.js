// Rows that a net draws beside real ones, a line for each column, with the distribution of both.
import { computed, inject } from "vue";
import { parts } from "./breaks.js";
import { grouped, percent, whole } from "./figures.js";

// The heights of equal parts of a range as the outline of a histogram, from 0 to 1 each way.
function outline(bars, most) {
  const wide = 1 / bars.length;
  return `M0 1${bars.map((bar, i) => `L${i * wide} ${1 - bar / most}L${(i + 1) * wide} ${1 - bar / most}`).join("")}L1 1`;
}

export default {
  setup() {
    const studio = inject("studio"), say = inject("say");
    const about = computed(() => studio.state?.scene.about.drawn);
    // A frame of the data before does not go with the columns of those now.
    const shown = computed(() => {
      const found = studio.frame?.scene.drawn, known = about.value?.columns || [];
      const alike = (one, i) => one.bars.length === known[i].bars.length && "mean" in one === "mean" in known[i];
      return found?.columns.length === known.length && found.columns.every(alike) ? found : undefined;
    });
    const pair = ({ mean, std }, decimals) => [mean, std].map((one) => grouped(one.toFixed(decimals))).join(" ± ");
    const lines = computed(() => about.value.columns.map((real, i) => {
      const drawn = shown.value.columns[i], most = Math.max(...real.bars, ...drawn.bars) || 1, wide = 1 / real.bars.length;
      const numbers = "mean" in real && { real: pair(real, real.decimals), drawn: pair(drawn, real.decimals) };
      const names = (real.values || []).map((name, k) => ({ name, x: k * wide, real: real.bars[k] / most, drawn: drawn.bars[k] / most,
        said: say("drawn_spread", { name, real: percent(real.bars[k]), drawn: percent(drawn.bars[k]) }) }));
      const text = numbers ? grouped : (one) => one;
      const said = numbers ? say("drawn_spread", { name: real.name, ...numbers }) : names.length ? names.map((one) => one.said).join("; ") : `${real.name}: ${real.ends.join(" – ")}`;
      return { ...real, numbers, names, wide, said, outline: names.length ? "" : [outline(real.bars, most), outline(drawn.bars, most)], made: shown.value.rows[i].map(text), there: about.value.rows[i].map(text) };
    }));
    const note = computed(() => [say("drawn_note", { drawn: whole(about.value.drawn), real: whole(about.value.real) }), about.value.means ? say("drawn_means") : ""].join(" "));
    return { studio, say, shown, about, lines, percent, note, parts };
  },
  template: `
    <section class="drawn-rows" :aria-label="say('drawn')">
      <template v-if="shown && about">
        <div class="layers" tabindex="0" role="group" :aria-label="say('drawn')"><table class="drawn-rows-table" id="drawn">
          <thead><tr><th scope="col">{{ say("drawn_column") }}</th><th scope="col">{{ say("drawn_distribution") }}</th><th scope="col" class="mean">{{ say("drawn_mean") }}</th>
            <th v-for="(_one, k) in lines[0].made" :key="'made' + k" scope="col" :class="{ first: k === 0, wide: k > 1 }">{{ k === 0 ? say("drawn_rows") : "" }}<span v-if="k" class="unseen">{{ say("drawn_rows") }} {{ k + 1 }}</span></th>
            <th v-for="(_one, k) in lines[0].there" :key="'there' + k" scope="col" :class="{ first: k === 0, wide: k > 1 }">{{ k === 0 ? say("drawn_real") : "" }}<span v-if="k" class="unseen">{{ say("drawn_real") }} {{ k + 1 }}</span></th></tr></thead>
          <tbody>
            <tr v-if="shown.real" id="drawn-taken"><th scope="row" :title="say('drawn_taken')">{{ say("drawn_taken") }}</th><td></td><td class="mean"></td><td v-for="(one, k) in shown.real" :key="k" class="made" :class="{ first: k === 0, wide: k > 1 }">{{ percent(one) }}</td>
              <td v-for="(_one, k) in lines[0].there" :key="'no' + k" :class="{ first: k === 0, wide: k > 1 }"></td></tr>
            <tr v-for="line in lines" :key="line.name"><th scope="row" :title="line.name"><template v-for="(part, k) in parts(line.name)" :key="k">{{ part }}<wbr /></template></th>
            <td class="bars" :title="line.said"><svg viewBox="0 0 1 1" preserveAspectRatio="none" role="img" :aria-label="line.said">
              <template v-if="line.outline"><path class="real-bars" :d="line.outline[0]" /><path class="drawn-bars" :d="line.outline[1]" /></template>
              <template v-for="one in line.names" :key="one.name"><rect class="real-bars" :x="one.x + 0.08 * line.wide" :y="1 - one.real" :width="0.42 * line.wide" :height="one.real" /><rect class="names" :x="one.x + 0.5 * line.wide" :y="1 - one.drawn" :width="0.42 * line.wide" :height="one.drawn" /></template></svg></td>
            <td class="mean"><template v-if="line.numbers"><span class="made">{{ line.numbers.drawn }}</span><span>{{ line.numbers.real }}</span></template></td>
            <td v-for="(text, k) in line.made" :key="'made' + k" class="made" :class="{ first: k === 0, wide: k > 1 }" :title="text">{{ text }}</td>
            <td v-for="(text, k) in line.there" :key="'there' + k" class="there" :class="{ first: k === 0, wide: k > 1 }" :title="text">{{ text }}</td></tr></tbody></table>
          <p v-if="about.of > lines.length" class="fine">{{ say("first_of", { count: lines.length }) }}</p></div>
        <p class="fine under">{{ note }}</p>
      </template>
    </section>`,
};
