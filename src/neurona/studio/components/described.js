// What a picture says in words, to those who do not see it: at once where the net rests, and now and then while it trains.
import { inject, onBeforeUnmount, ref, watch } from "vue";
import { short } from "./canvas.js";

// In ms: a screen reader that is told anew while it reads starts over.
const TRAINING = 3000, RESTING = 400;

// `describe` returns the words, and nothing before there is a picture.
export function useDescription(describe) {
  const studio = inject("studio"), words = ref(describe());
  let timer = 0;
  function tell() {
    timer = 0;
    words.value = describe();
  }
  watch([() => studio.frame, () => studio.state], () => {
    if (!words.value) return tell();
    if (studio.frame?.running && timer) return;
    clearTimeout(timer);
    timer = setTimeout(tell, studio.frame?.running ? TRAINING : RESTING);
  });
  onBeforeUnmount(() => clearTimeout(timer));
  return words;
}

// Two digits are enough to hear.
export function spoken(value) {
  return short(Number.isFinite(value) ? Number(value.toPrecision(2)) : value);
}

export function mean(numbers) {
  return numbers.reduce((sum, one) => sum + one, 0) / (numbers.length || 1);
}

export function deviation(numbers) {
  const middle = mean(numbers);
  return Math.sqrt(mean(numbers.map((one) => (one - middle) ** 2)));
}

// How far the training is, and the metric by which the net is judged.
export function standing(studio, say) {
  const row = studio.history.at(-1);
  if (!row) return [];
  const metric = Object.keys(studio.metrics).find((name) => name !== "loss") || "loss";
  const split = `valid_${metric}` in row ? "valid" : "train", value = row[`${split}_${metric}`];
  const judged = Number.isFinite(value) ? [`${studio.metrics[metric] || metric}, ${say(split)}: ${short(value)}`] : [];
  return [`${say("epoch")} ${row.epoch}`, ...judged];
}
