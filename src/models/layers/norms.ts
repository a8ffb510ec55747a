import type { Value } from "../../graph/value.ts";
import { add, layerNormalise, mul, reshape, rmsNormalise } from "../../ops/index.ts";
import type { WeightScope } from "../weights.ts";
import { width } from "./linear.ts";

/** RMS norm (T5's layer norm: no mean, no bias) with `weight` [width]. */
export const rmsNorm = (x: Value, weights: WeightScope, eps: number): Value => mul(rmsNormalise(x, eps), weights.param("weight", [width(x)]));

/** Layer norm with `weight` and `bias` [width]. */
export const layerNorm = (x: Value, weights: WeightScope, eps: number): Value =>
  add(mul(layerNormalise(x, eps), weights.param("weight", [width(x)])), weights.param("bias", [width(x)]));

/** Group norm of x [B, C, H, W] with `weight` and `bias` [C]. */
export function groupNorm(x: Value, weights: WeightScope, groups: number, eps: number): Value {
  const [B, C, H, W] = x.shape as readonly [number | string, number, number, number];
  const y = reshape(layerNormalise(reshape(x, [B, groups, (C / groups) * H * W]), eps), [B, C, H, W]);
  return add(mul(y, reshape(weights.param("weight", [C]), [C, 1, 1])), reshape(weights.param("bias", [C]), [C, 1, 1]));
}
