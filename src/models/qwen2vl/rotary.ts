/** Rotary embeddings of Qwen2-VL: rows and columns in the vision tower, M-RoPE (time, row, column) in the decoder. */
import { floats } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { add, cast, concat, constant, cos, mul, reshape, sin, slice, sub, unsqueeze } from "../../ops/index.ts";

/** Cosines and sines of the angles, [B, 1, T, d/2], one for each pair (i, i + d/2) of a head's d numbers. */
export interface Rotary { readonly cos: Value; readonly sin: Value }

/** base^(-2i/width), i = 0 .. width/2 - 1, rounded to float32 as the reference's tables are. */
const frequencies = (width: number, base: number): Float32Array => Float32Array.from({ length: width / 2 }, (_, i) => 1 / Math.fround(base ** ((2 * i) / width)));

/** Angles [..., n] of positions [..., 1] at n frequencies. */
const angles = (positions: Value, frequency: Float32Array): Value => mul(positions, constant(floats([frequency.length], frequency)));

function tables(angle: Value): Rotary {
  const perHead = unsqueeze(angle, 1);
  return { cos: cos(perHead), sin: sin(perHead) };
}

/** Tables for patches at int32 (row, column) positions [I, P, 2]: the first half of the pairs turns with the row, the second with the column. */
export function visionRotary(positions: Value, headWidth: number): Rotary {
  const at = cast(positions, "float32"), frequency = frequencies(headWidth / 2, 10000);
  return tables(concat([0, 1].map((axis) => angles(slice(at, 2, axis, 1), frequency)), 2));
}

/** Tables for int32 positions [3, B, T]: `sections` says how many pairs turn with time, row and column. */
export function multimodalRotary(positions: Value, headWidth: number, base: number, sections: readonly number[]): Rotary {
  const [, B, T] = positions.shape;
  const at = cast(positions, "float32"), frequency = frequencies(headWidth, base);
  let start = 0;
  const parts = sections.map((size, axis) => angles(reshape(slice(at, 0, axis, 1), [B!, T!, 1]), frequency.slice(start, (start += size))));
  return tables(concat(parts, 2));
}

/** Turns each pair (i, i + d/2) of heads [B, H, T, d] by its angle. */
export function rotate(x: Value, { cos: c, sin: s }: Rotary): Value {
  const half = (x.shape[3] as number) / 2;
  const first = slice(x, 3, 0, half), second = slice(x, 3, half, half);
  return concat([sub(mul(first, c), mul(second, s)), add(mul(second, c), mul(first, s))], 3);
}
