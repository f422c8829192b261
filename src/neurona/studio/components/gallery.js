// Datasets as thumbnails, and a table of one's own.
import { nextTick } from "vue";
import { unpack } from "./arrays.js";
import { classColours, css, ofSign } from "./colours.js";
import Icon from "./icons.js";

const KINDS = [".csv", ".tsv", ".parquet", ".zip"];

export default {
  components: { Icon },
  inject: ["studio", "say", "ask", "palette", "visitor", "most"],
  data: () => ({ KINDS }),
  computed: {
    tiles() {
      return this.studio.offers?.tiles || [];
    },
    chosen() {
      return this.studio.asked["data.name"] ?? this.studio.state?.recipe.data;
    },
  },
  watch: {
    tiles: { immediate: true, handler: "drawAll" },
    "studio.dark": "drawAll",
  },
  methods: {
    async drawAll() {
      await nextTick();
      this.tiles.forEach((tile, i) => this.$refs.canvases?.[i] && this.draw(tile, this.$refs.canvases[i]));
    },
    draw(tile, canvas) {
      const size = 96;
      canvas.width = canvas.height = size;
      const pen = canvas.getContext("2d");
      const [x, y, c] = [tile.x, tile.y, tile.c].map((packed) => unpack(packed).numbers);
      const colours = classColours(this.palette, Math.max(...c) + 1, this.studio.dark);
      x.forEach((across, i) => {
        pen.fillStyle = css(tile.classes ? colours[c[i]] : ofSign(c[i] - 127.5, this.studio.dark), 0.9);
        pen.beginPath();
        pen.arc(9 + (across / 255) * (size - 18), size - 9 - (y[i] / 255) * (size - 18), 2.9, 0, 7);
        pen.fill();
      });
    },
    choose(tile) {
      this.studio.drawing = false;
      this.ask("change", { key: "data.name", value: tile.name });
    },
    pick(event) {
      const file = event.target.files[0];
      event.target.value = "";
      if (file) this.upload(file);
    },
    async upload(file) {
      const { say, most } = this;
      // In the language of the moment, whichever that is.
      const failed = (problem, hint) => {
        this.studio.problem = { get problem() { return say(problem, { most, file: file.name }); }, get hint() { return say(hint, { most }); }, key: "", from: "upload" };
        this.studio.busy = "";
      };
      if (!KINDS.some((kind) => file.name.toLowerCase().endsWith(kind))) return failed("upload_kind", "upload_help");
      const tooLarge = () => failed("too_large", "too_large_hint");
      if (file.size > this.most * 1e6) return tooLarge();
      this.studio.busy = "upload";
      try {
        const address = `/studio/upload/${this.visitor}?file=${encodeURIComponent(file.name)}`;
        const answer = await fetch(address, { method: "POST", body: file });
        if (answer.ok) this.studio.drawing = false;
        if (answer.status === 413) tooLarge();
        else if (!answer.ok) failed("upload_failed", "upload_help");
      } catch {
        failed("upload_failed", "upload_help");
      }
    },
  },
  template: `
    <div class="gallery" role="group" :aria-label="say('data')">
      <template v-if="tiles.length">
        <button v-for="tile in tiles" :key="tile.name" class="tile" :id="'data-' + tile.name"
          :aria-pressed="tile.name === chosen" :aria-label="tile.name + ': ' + tile.summary" :data-help="tile.summary"
          @click="choose(tile)">
          <canvas ref="canvases" aria-hidden="true"></canvas><span>{{ tile.name }}</span></button>
      </template>
      <span v-else v-for="i in 7" :key="i" class="tile blank"></span>
      <button class="tile points" id="draw-points" :aria-pressed="studio.drawing || !!studio.state?.recipe.drawn" :data-help="say('points_help')"
        :aria-label="say('points') + ': ' + say('points_help')" @click="studio.drawing = true"><Icon name="pencil" /><span>{{ say("points") }}</span></button>
      <label class="tile upload" :data-help="say('upload_help', { most })">
        <input type="file" id="upload" :accept="KINDS.join()" @change="pick"
          :aria-label="say('upload') + ': ' + say('upload_help', { most })" />
        <Icon name="upload" /><span>{{ say("upload") }}</span></label>
    </div>`,
};
