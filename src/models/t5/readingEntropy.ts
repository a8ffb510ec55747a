import type { Value } from "../../graph/value.ts";
import { add, cast, div, greater, log, maximum, mul, neg, sum, unsqueeze } from "../../ops/index.ts";
import { shiftRight } from "./labels.ts";
import type { T5Config } from "./config.ts";
import { decode } from "./t5.ts";
import type { WeightScope } from "../weights.ts";

/** Mean entropy in nats of each block's cross-attention, over heads and counted labels, while the decoder writes labels [B, L] from features [B, T, D] with mask [B, T]: one scalar a block. */
export function readingEntropy(weights: WeightScope, c: T5Config, features: Value, mask: Value, labels: Value): Value[] {
  const counted = cast(greater(labels, -1), "float32"), total = mul(add(sum(counted), 1e-12), c.num_heads);
  return decode(weights, c, features, mask, shiftRight(labels)).reading.map((p) => {
    const entropy = neg(sum(mul(p, log(maximum(p, 1e-12))), [3])); // [B, H, L]
    return div(sum(mul(entropy, unsqueeze(counted, 1))), total);
  });
}
