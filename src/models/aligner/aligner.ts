/**
 * ThinkDiff's aligner (paper section 3.2; the release's mm_projector): Linear, exact GELU, Linear, RMS norm whose weight starts as the
 * T5 encoder's final_layer_norm. Maps VLM features [B, T, d_in] to T5's encoder space [B, T, D].
 */
import type { Value } from "../../graph/value.ts";
import { gelu } from "../layers/activations.ts";
import { linear } from "../layers/linear.ts";
import { rmsNorm } from "../layers/norms.ts";
import type { WeightScope } from "../weights.ts";

export interface AlignerConfig {
  readonly inputWidth: number;
  readonly width: number;
  readonly eps: number;
  /** Whether there is an RMS norm at the end. */
  readonly norm: boolean;
  /** Linear layers, a GELU between each two; 2, as released, where left out. */
  readonly depth?: number | undefined;
  /** Hidden layers are so many times as wide as T5; 1, as released, where left out. */
  readonly widening?: number | undefined;
}

/** Aligned features [B, T, D] of VLM features [B, T, d_in]. */
export function align(weights: WeightScope, c: AlignerConfig, features: Value): Value {
  const { depth = 2, widening = 1 } = c, last = depth - 1;
  let y = features;
  for (let i = 0; i < last; i++) y = gelu(linear(y, weights.at(`mm_projector.${2 * i}`), widening * c.width));
  y = linear(y, weights.at(`mm_projector.${2 * last}`), c.width);
  return c.norm ? rmsNorm(y, weights.at(`mm_projector.${2 * last + 1}`), c.eps) : y;
}
