import { ints, type Tensor } from "./tensor.ts";

/** Rows of ids padded on the right to the longest, or to at least `least` of them: int32 [B, T]; the mask has 1 where there is an id. */
export function padded(rows: readonly (readonly number[])[], pad: number, least = 1): { readonly ids: Tensor; readonly mask: Tensor } {
  const T = Math.max(least, ...rows.map((r) => r.length)), ids = new Int32Array(rows.length * T).fill(pad), mask = new Int32Array(rows.length * T);
  rows.forEach((row, b) => {
    ids.set(row, b * T);
    mask.fill(1, b * T, b * T + row.length);
  });
  return { ids: ints([rows.length, T], ids), mask: ints([rows.length, T], mask) };
}
