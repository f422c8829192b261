// What a tab keeps while it is loaded anew: which session is its own, and the runs that are pinned.
const SESSION = "neurona-studio-session", PINS = "neurona-studio-pins";

function read(name) {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null; // a browser that keeps nothing begins anew
  }
}

function write(name, text) {
  try {
    sessionStorage.setItem(name, text);
  } catch {
    sessionStorage?.removeItem(name); // there is no room for it
  }
}

export const sessionKept = () => read(SESSION) || "";
export const keepSession = (key) => write(SESSION, key);
export const keepPins = (pins) => write(PINS, JSON.stringify(pins));

export function pinsKept() {
  try {
    return JSON.parse(read(PINS)) || [];
  } catch {
    return [];
  }
}
