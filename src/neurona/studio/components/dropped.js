// What is dropped on the page: one table or zip file as it is, folders and pictures packed into one.
import { zipped } from "./zip.js";

const MOST = 4000;

function entriesOf(folder) {
  const reader = folder.createReader();
  return new Promise((resolve, reject) => {
    const all = [];
    const more = () => reader.readEntries((found) => (found.length ? (all.push(...found), more()) : resolve(all)), reject);
    more();
  });
}

async function gather(entry, path, files) {
  if (files.length > MOST) return;
  if (entry.isFile) files.push([path + entry.name, await new Promise((resolve, reject) => entry.file(resolve, reject))]);
  else for (const inner of await entriesOf(entry)) await gather(inner, `${path}${entry.name}/`, files);
}

// Returns a File to upload; null when there is nothing.
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length || (entries.length === 1 && entries[0].isFile)) return transfer.files[0] || null;
  const files = [];
  for (const entry of entries) await gather(entry, "", files);
  const name = entries.length === 1 ? entries[0].name : "pictures";
  return files.length ? new File([await zipped(files)], `${name}.zip`) : null;
}
