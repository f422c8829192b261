// Arrays as the session sends them: {type, shape, data: base64}; see docs/studio.md.
const TYPES = { f32: Float32Array, f64: Float64Array, u8: Uint8Array };

export function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed.data), (letter) => letter.charCodeAt(0));
  const numbers = packed.type === "u8" ? bytes : new TYPES[packed.type](bytes.buffer);
  return { numbers, shape: packed.shape };
}
