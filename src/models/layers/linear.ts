import type { Value } from "../../graph/value.ts";
import { add, gather, matmul, slice } from "../../ops/index.ts";
import type { WeightScope } from "../weights.ts";

/** The last dimension, which must be a number. */
export function width(x: Value): number {
  const d = x.shape.at(-1);
  if (typeof d !== "number") throw new Error(`the width of [${x.shape.join(", ")}] must be a number`);
  return d;
}

/** x W^T + b over the last axis: `weight` [out, in], `bias` [out]. */
export function linear(x: Value, weights: WeightScope, out: number, { bias = true }: { readonly bias?: boolean } = {}): Value {
  const y = matmul(x, weights.param("weight", [out, width(x)]), { transposeB: true });
  return bias ? add(y, weights.param("bias", [out])) : y;
}

/** `linear` of parts that lie side by side on the last axis, which are not joined for it: each is multiplied with its own columns of the weight. */
export function linearOfParts(parts: readonly Value[], weights: WeightScope, out: number): Value {
  const widths = parts.map(width), weight = weights.param("weight", [out, widths.reduce((a, b) => a + b)]);
  const products = parts.map((x, i) => matmul(x, slice(weight, 1, widths.slice(0, i).reduce((a, b) => a + b, 0), widths[i]!), { transposeB: true }));
  return add(products.reduce((a, b) => add(a, b)), weights.param("bias", [out]));
}

/** Rows of `weight` [rows, columns] at int32 ids [...]: [..., columns]. */
export const embedding = (ids: Value, weights: WeightScope, rows: number, columns: number): Value => gather(weights.param("weight", [rows, columns]), ids);
