/** Rotary positions of FLUX: each column of the ids turns its own share of a head's dimensions, neighbours forming a pair (reference: diffusers' FluxPosEmbed). */
import type { Dim } from "../../graph/dims.ts";
import { floats } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { add, broadcastTo, concat, constant, cos, matmul, mul, scalar, sin, slice, unsqueeze, zeros } from "../../ops/index.ts";

const THETA = 10000;

/** Cosines and sines [tokens, headDim] of every token's angles, each angle standing twice, for its pair. */
export interface Rotary { readonly cos: Value; readonly sin: Value }

/** Tables for ids [tokens, columns] (float32); `axes` says how many dimensions each column turns. */
export function rotaryTables(ids: Value, axes: readonly number[]): Rotary {
  const width = axes.reduce((a, b) => a + b), starts = axes.map((_, i) => axes.slice(0, i).reduce((a, b) => a + b, 0));
  // Elementwise, as a matrix product may run in reduced precision.
  const angles = axes.map((size, column) => {
    const frequencies = Float32Array.from({ length: width }, (_, j) => {
      const k = j - starts[column]!;
      return k < 0 || k >= size ? 0 : THETA ** (-(k - (k % 2)) / size);
    });
    return mul(slice(ids, 1, column, 1), constant(floats([width], frequencies)));
  }).reduce((a, b) => add(a, b));
  return { cos: cos(angles), sin: sin(angles) };
}

/** Tables that turn nothing, of tokens whose ids are all zero. */
export const restingTables = (tokens: Dim, width: number): Rotary => ({ cos: broadcastTo(scalar(1), [tokens, width]), sin: zeros([tokens, width]) });

/** Tables of one sequence after another's. */
export const joinTables = (a: Rotary, b: Rotary): Rotary => ({ cos: concat([a.cos, b.cos], 0), sin: concat([a.sin, b.sin], 0) });

/** Each pair (a, b) as (-b, a), as a matrix to multiply by on the right: cheaper than slicing and joining, and so is its gradient. */
function quarterTurn(width: number): Value {
  const matrix = new Float32Array(width * width);
  for (let i = 0; i < width; i += 2) {
    matrix[i * width + i + 1] = 1;
    matrix[(i + 1) * width + i] = -1;
  }
  return constant(floats([width, width], matrix));
}

/** x * weight, turned by the tables: x [B, H, tokens, d], weight [d]. The weight goes into the tables and the turn, which are smaller than x. */
export function rotate(x: Value, weight: Value, { cos, sin }: Rotary): Value {
  const turned = matmul(x, mul(quarterTurn(weight.shape[0] as number), unsqueeze(weight, 1)));
  return add(mul(x, mul(cos, weight)), mul(turned, sin));
}
