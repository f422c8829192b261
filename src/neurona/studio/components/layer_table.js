// The layers of a net that is not drawn unit by unit: what they are, what leaves them, how many parameters they have.
import { computed, inject } from "vue";
import { whole } from "./figures.js";

const LONG = 32;

export default {
  props: { described: String },
  setup() {
    const studio = inject("studio"), say = inject("say");
    const net = computed(() => studio.state?.scene.net);
    // Names of parts and what they are, which have no room beside each other in a small window.
    const long = computed(() => net.value?.rows.some((row) => row.name.length + row.kind.length > LONG));
    // There, layers stand below the part that they are of, where each is of one.
    const rows = computed(() => {
      const all = (net.value?.rows || []).map((row) => {
        const at = row.name.indexOf(".");
        return { ...row, part: at < 0 ? "" : row.name.slice(0, at), own: row.name.slice(at + 1) };
      });
      const parted = long.value && all.every((row) => row.part) && new Set(all.map((row) => row.part)).size <= all.length / 2;
      return all.map((row, i) => (parted ? { ...row, first: row.part !== all[i - 1]?.part } : { ...row, own: row.name }));
    });
    return { say, net, long, rows, whole };
  },
  template: `
    <div v-if="net" class="drawing rows" :class="{ long }" tabindex="0" role="region" :aria-label="described">
      <table><thead><tr><th>{{ say("layer") }}</th><th><span class="unseen">{{ say("kind") }}</span></th><th>{{ say("shape") }}</th><th class="right">{{ say("parameters") }}</th></tr></thead>
        <tbody><template v-for="row in rows" :key="row.name"><tr v-if="row.first" class="part"><th colspan="4" scope="rowgroup">{{ row.part }}</th></tr>
          <tr><td :class="{ brief: row.own.length <= (long ? 13 : 16) }"><template v-for="(part, i) in (row.own || row.kind).split(/(?<=[._])(?=.{3})/)" :key="i"><wbr v-if="i" />{{ part }}</template></td><td class="fine"><template v-for="(part, i) in (row.name && row.kind).split(/(?<=[(])(?=[^)])|(?<=[a-z])(?=[A-Z])/)" :key="i"><wbr v-if="i" />{{ part }}</template></td><td>{{ row.shape }}</td>
          <td class="right">{{ row.parameters ? whole(row.parameters) : "" }}</td></tr></template></tbody></table></div>`,
};
