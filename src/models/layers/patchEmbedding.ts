import type { Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, matmul, reshape, transpose } from "../../ops/index.ts";
import type { WeightScope } from "../weights.ts";

/**
 * Patches embedded as vision transformers do, rows of the grid first: pixels [B, C, H, W] -> [B, H/patch * W/patch, out], with the
 * convolution's own `weight` [out, C, patch, patch]. Written as a product over flattened patches: its gradient is then a product too.
 */
export function patchEmbedding(pixels: Value, weights: WeightScope, out: number, patch: number, { bias = true }: { readonly bias?: boolean } = {}): Value {
  const [B, C, H, W] = pixels.shape as readonly [Dim, number, number, number];
  if (H % patch !== 0 || W % patch !== 0) throw new Error(`pixels [${pixels.shape.join(", ")}] do not divide into patches of ${patch}`);
  const [rows, columns] = [H / patch, W / patch];
  const grid = transpose(reshape(pixels, [B, C, rows, patch, columns, patch]), [0, 2, 4, 1, 3, 5]); // [B, rows, columns, C, patch, patch]
  const flat = reshape(grid, [B, rows * columns, C * patch * patch]);
  const y = matmul(flat, reshape(weights.param("weight", [out, C, patch, patch]), [out, C * patch * patch]), { transposeB: true });
  return bias ? add(y, weights.param("bias", [out])) : y;
}
