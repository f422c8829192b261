// The languages of the page, each by its own name.
export default {
  inject: ["studio", "say"],
  data: () => ({ LANGUAGES: { en: "English", es: "Español" } }),
  template: `
    <select v-model="studio.language" class="text" :aria-label="say('language')">
      <option v-for="(name, code) in LANGUAGES" :key="code" :value="code" :lang="code">{{ name }}</option></select>`,
};
