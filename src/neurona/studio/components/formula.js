// A net of one unit as the formula that it is, with the numbers of now, in the units of the data.
import { digits } from "./figures.js";

// A term stays in one line.
const signed = (value) => `${value < 0 ? "−" : "+"}\u00a0${number(value && Math.abs(value))}`;
const number = (value) => (value === null ? "–" : digits(value, 4).replace("-", "−"));

export default {
  inject: ["studio", "say"],
  computed: {
    about() {
      return this.studio.state?.scene.about.formula;
    },
    sum() {
      const now = this.studio.frame?.scene.formula;
      if (!this.about || now?.slopes.length !== this.about.terms.length) return "";
      const terms = now.slopes.map((slope, i) => `${i ? signed(slope) : number(slope)}\u00a0·\u00a0${this.about.terms[i].replaceAll(" ", "\u00a0")}`);
      return [...terms, signed(now.intercept)].join(" ");
    },
    text() {
      const { kind, of } = this.about;
      if (kind === "value") return `${of} = ${this.sum}`;
      return this.say(kind === "step" ? "formula_step" : "formula_logit", { name: of, sum: this.sum });
    },
  },
  template: `<p v-if="sum" class="formula" id="formula" :data-help="say('formula_help')"><b>{{ text }}</b> <span class="fine">{{ say("formula_units") }}</span></p>`,
};
