import { subDims } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, cast, concat, div, greater, logSoftmax, maximum, mul, neg, pick, slice, sum, where, zeros } from "../../ops/index.ts";

/** Label value that the loss passes over. */
export const IGNORED = -100;

/** Decoder input ids: labels [B, L] shifted right behind the start id (0), ignored labels replaced by the pad id (0). */
export function shiftRight(labels: Value): Value {
  const [B, L] = labels.shape;
  const start = cast(zeros([B!, 1]), "int32");
  return concat([start, slice(where(greater(labels, -1), labels, 0), 1, 0, subDims(L!, 1))], 1);
}

/** Mean cross-entropy (nats a token) of logits [..., V] over int32 labels [...] that are not negative. */
export function crossEntropy(logits: Value, labels: Value): Value {
  const counted = cast(greater(labels, -1), "float32");
  const picked = pick(logSoftmax(logits), maximum(labels, 0));
  return div(neg(sum(mul(picked, counted))), add(sum(counted), 1e-12));
}
