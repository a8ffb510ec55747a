import type { Tensors } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";

type CacheShape = readonly [rows: number, groups: number, one: 1, places: number, headWidth: number];

/** The given rows (ascending) of a tensor [B, ...], moved to the front of the same memory. */
export function keepRows({ dtype, shape, data }: Tensor, rows: readonly number[]): Tensor {
  const size = data.length / shape[0]!;
  rows.forEach((from, to) => { if (from !== to) data.copyWithin(to * size, from * size, (from + 1) * size); });
  return { dtype, shape: [rows.length, ...shape.slice(1)], data: data.subarray(0, rows.length * size) };
}

/** Writes rows [B, K, 1, 1, d] at `place` of a cache [B, K, 1, N, d]. */
export function writePlace(cache: Tensor, own: Tensor, place: number): void {
  const [B, K, , N, d] = cache.shape as CacheShape;
  const to = cache.data as Float32Array, from = own.data as Float32Array;
  for (let head = 0; head < B * K; head++) {
    const start = (head * N + place) * d;
    for (let i = 0; i < d; i++) to[start + i] = from[head * d + i]!;
  }
}

/** Empty caches [B, K, 1, N, d] under the given names. */
export const emptyCaches = (names: readonly string[], shape: CacheShape): Tensors =>
  Object.fromEntries(names.map((name) => [name, floats(shape, new Float32Array(shape.reduce((a, b) => a * b)))]));
