// Icons as the paths of a 24 by 24 drawing.
const PATHS = {
  play: "M8 5.5v13l11-6.5z",
  pause: "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z",
  step: "M6 5.5v13l8.5-6.5zM16 5.5h2.5v13H16z",
  reset: "M12 5a7 7 0 1 1-6.6 4.7l1.9.65A5 5 0 1 0 12 7v3L7.5 6 12 2z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  minus: "M5 11h14v2H5z",
  close: "M6.4 5 12 10.6 17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4L12 13.4 6.4 19 5 17.6l5.6-5.6L5 6.4z",
  down: "M6.5 9 12 14.5 17.5 9l1.5 1.4-7 7-7-7z",
  take: "M11 4h2v8.2l3-3 1.4 1.4L12 16l-5.4-5.4L8 9.2l3 3zM5 18h14v2H5z",
  link: "M10.6 13.4a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1L14 7.1l1-1a2 2 0 0 1 2.9 2.9l-3 3a2 2 0 0 1-2.9 0zm2.8-2.8a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1-1.4-1.4-1 1a2 2 0 0 1-2.9-2.9l3-3a2 2 0 0 1 2.9 0z",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM11 2h2v3h-2zm0 17h2v3h-2zM2 11h3v2H2zm17 0h3v2h-3zM4.2 5.6l1.4-1.4 2.1 2.1-1.4 1.4zm12.1 12.1 1.4-1.4 2.1 2.1-1.4 1.4zM4.2 18.4l2.1-2.1 1.4 1.4-2.1 2.1zM16.3 6.3l2.1-2.1 1.4 1.4-2.1 2.1z",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  upload: "M11 16V7.8l-3 3-1.4-1.4L12 4l5.4 5.4-1.4 1.4-3-3V16zM5 18h14v2H5z",
  code: "M8.6 6 10 7.4 5.4 12l4.6 4.6L8.6 18l-6-6zm6.8 0 6 6-6 6-1.4-1.4 4.6-4.6L14 7.4z",
};

export default {
  props: { name: String },
  computed: {
    path() {
      return PATHS[this.name];
    },
  },
  template: `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path :d="path" /></svg>`,
};
