// What the address holds behind its `#`: the recipe, and behind `~` the room that the parts of its page take.
const MARK = "~";

// Which is `broad`, whether there is a matrix, and how many switches of features, controls of data, net and fit.
function written({ broad, confusion, features, controls }) {
  return [Number(broad), Number(confusion), features, controls.data, controls.net, controls.fit].join(".");
}

function read(text) {
  const [broad, confusion, features, data, net, fit] = text.split(".").map(Number);
  const counts = [features, data, net, fit];
  if (!counts.every((count) => Number.isInteger(count) && count >= 0 && count < 40)) return null;
  return { broad: !!broad, confusion: !!confusion, features, controls: { data, net, fit } };
}

export function linkOf(address) {
  return address.slice(1).split(MARK)[0];
}

export function roomOf(address) {
  return read(address.split(MARK)[1] || "");
}

export function addressOf(link, room) {
  return `#${link}${MARK}${written(room)}`;
}
