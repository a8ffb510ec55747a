import type { Tensors } from "../../graph/executor.ts";
import { samplesIn, targetsIn } from "./batches.ts";

/** Measures the loss of an aligner of these weights on batches that it never trains on. */
export type HeldOutLoss = (weights: Tensors) => Promise<number>;

/** The mean loss over all batches, by target token (by sample where there are none). */
export function heldOutLoss(batches: readonly Tensors[], lossOf: (batch: Tensors, weights: Tensors) => Promise<number>): HeldOutLoss {
  const counts = batches.map((batch) => (batch["labels"] ? targetsIn(batch) : samplesIn(batch))), total = counts.reduce((a, b) => a + b, 0);
  return async (weights) => {
    let sum = 0;
    for (const [i, batch] of batches.entries()) sum += (await lossOf(batch, weights)) * counts[i]!;
    return sum / total;
  };
}
