import type { Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, cast, greater, iota, matmul, mul, reshape, softmax, transpose, unsqueeze, where } from "../../ops/index.ts";

/** Stands for minus infinity in masks; finite, so that rows without any key stay finite. */
export const MASKED = -1e9;

/** [B, T, H*d] -> [B, H, T, d]. */
export function splitHeads(x: Value, heads: number): Value {
  const [B, T, D] = x.shape as readonly [Dim, Dim, number];
  return transpose(reshape(x, [B, T, heads, D / heads]), [0, 2, 1, 3]);
}

/** [B, H, T, d] -> [B, T, H*d]. */
export function mergeHeads(x: Value): Value {
  const [B, H, T, d] = x.shape as readonly [Dim, number, Dim, number];
  return reshape(transpose(x, [0, 2, 1, 3]), [B, T, H * d]);
}

export interface AttentionOptions { readonly scale?: number; readonly bias?: Value }

/** softmax(q k^T * scale + bias) [B, H, L, T] for q [B, H, L, d] and k [B, H, T, d]; bias broadcasts to it. */
export function attentionWeights(q: Value, k: Value, { scale = 1, bias }: AttentionOptions = {}): Value {
  const scores = matmul(scale === 1 ? q : mul(q, scale), k, { transposeB: true });
  return softmax(bias ? add(scores, bias) : scores);
}

/** The values v [B, H, T, d] as attentionWeights mixes them. */
export const attend = (q: Value, k: Value, v: Value, options: AttentionOptions = {}): Value => matmul(attentionWeights(q, k, options), v);

/** Additive bias [B, 1, 1, T] from a key mask [B, T] (int32 or bool, nonzero = attend). */
export const keyMaskBias = (mask: Value): Value => unsqueeze(unsqueeze(where(mask.dtype === "bool" ? mask : greater(mask, 0), 0, MASKED), 1), 1);

/** Additive bias [T, T]: a query sees itself and what is before it. */
export function causalBias(length: Dim): Value {
  const at = iota(length);
  return where(greater(unsqueeze(at, 0), unsqueeze(at, 1)), MASKED, 0);
}

/** Nonzero int32 as bool. */
export const asBool = (mask: Value): Value => (mask.dtype === "bool" ? mask : greater(mask, 0));

/** A bool mask as 0 and 1. */
export const asFloat = (mask: Value): Value => cast(asBool(mask), "float32");

