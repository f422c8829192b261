// How the page is divided before the session has told of its recipe: as its address says, so that nothing jumps.
import { addressOf, linkOf, roomOf } from "neurona-studio/address.js";

const FIRST = { broad: false, confusion: true, features: 8, controls: { data: 6, net: 5, fit: 7 } }; // of the first recipe

export function roomKept() {
  return roomOf(location.hash) || FIRST;
}

// Whether the address is as the page has written it, which a reload tells from one that was entered.
export function isTold() {
  return history.state?.told === linkOf(location.hash);
}

export function keepRoom({ scene, controls, features, recipe }) {
  const counts = Object.fromEntries(Object.entries(controls).map(([section, fields]) => [section, fields.length]));
  const room = {
    broad: scene.net.layers.length === 0,
    confusion: scene.views.includes("confusion") && scene.in_sight !== "confusion",
    features: features.length ? features.length + 1 : 0,
    controls: counts,
  };
  history.replaceState({ told: recipe.link }, "", addressOf(recipe.link, room));
}
