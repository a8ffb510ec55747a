import type { Executor, Tensors, Weights } from "../../graph/executor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";

/** Measures an aligner on batches it never trains on. */
export interface HeldOutLoss {
  /** The mean loss over all batches, by target token (by sample where there are none). */
  measure(weight: (name: string) => Tensor): Promise<number>;
  release(): Promise<void>;
}

/** What a batch counts: its target tokens, or its samples where it has no labels. */
const weightOf = ({ labels, features }: Tensors): number => (labels ? Array.from(labels.data).filter((label) => label >= 0).length : features!.shape[0]!);

/** Compiles the loss alone; `parameters` are given at each measurement, all other weights come from `frozen`. */
export async function heldOutLoss(executor: Executor, loss: Value, parameters: ReadonlyMap<string, Value>, frozen: Weights, batches: readonly Tensors[]): Promise<HeldOutLoss> {
  const program = await executor.compile({ loss }, (name) => (parameters.has(name) ? "fed" : frozen(name)));
  const counts = batches.map(weightOf), total = counts.reduce((a, b) => a + b, 0);
  return {
    async measure(weight) {
      const weights = Object.fromEntries([...parameters.keys()].map((name) => [name, weight(name)]));
      let sum = 0;
      for (const [i, feeds] of batches.entries()) sum += (await program.run({ ...feeds, ...weights })).loss.data[0]! * counts[i]!;
      return sum / total;
    },
    release: () => program.release(),
  };
}
