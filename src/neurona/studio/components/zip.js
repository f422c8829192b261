// Files as a zip archive without compression: what folders that are dropped on the page travel in.
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  return rest;
});

function crc32(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 0xff] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

// Fields of 2 and 4 bytes, as [size, value].
function fields(list) {
  const bytes = new Uint8Array(list.reduce((sum, [size]) => sum + size, 0)), view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of list) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

// `files` are [path, File] pairs; names are UTF-8 (flag 0x800 of the format, APPNOTE 4.4.4).
export async function zipped(files) {
  const parts = [], entries = [];
  let at = 0;
  for (const [path, file] of files) {
    const name = new TextEncoder().encode(path), content = new Uint8Array(await file.arrayBuffer());
    const about = [[2, 20], [2, 0x800], [2, 0], [2, 0], [2, 0x21], [4, crc32(content)], [4, content.length], [4, content.length], [2, name.length], [2, 0]];
    entries.push(fields([[4, 0x02014b50], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]), name);
    const head = fields([[4, 0x04034b50], ...about]);
    parts.push(head, name, content);
    at += head.length + name.length + content.length;
  }
  const size = entries.reduce((sum, entry) => sum + entry.length, 0);
  const end = fields([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, at], [2, 0]]);
  return new Blob([...parts, ...entries, end], { type: "application/zip" });
}
