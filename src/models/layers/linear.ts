import type { Value } from "../../graph/value.ts";
import { add, gather, matmul } from "../../ops/index.ts";
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

/** Rows of `weight` [rows, columns] at int32 ids [...]: [..., columns]. */
export const embedding = (ids: Value, weights: WeightScope, rows: number, columns: number): Value => gather(weights.param("weight", [rows, columns]), ids);
