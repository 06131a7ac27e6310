// Keeps a set of maps' geometry in the browser, so that it crosses the wire once and reruns send a few bytes only.
// The bytes: u32 header length, JSON header (padded to 4), then the arrays that the header names by offset.
export default function (component) {
  const bytes = component.data.slice();
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const types = { float32: Float32Array, uint8: Uint8Array, int32: Int32Array };
  const arrays = {};
  for (const [name, { type, offset, length: count }] of Object.entries(header.arrays)) {
    arrays[name] = new types[type](bytes.buffer, 4 + length + offset, count);
  }
  const store = (window.twoviewGeometries ??= new Map());
  store.set(header.id, { ...header, arrays });
  while (store.size > 3) store.delete(store.keys().next().value);
  window.dispatchEvent(new CustomEvent("twoview-geometry", { detail: header.id }));
}
