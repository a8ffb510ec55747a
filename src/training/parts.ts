/** Gradients of a batch that does not fit as a whole: its parts go through the graph one after the other, and their gradients are summed on the host. */
import { gradients } from "../autodiff/gradient.ts";
import type { Executor, Tensors } from "../graph/executor.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { TrainingGraph } from "./trainer.ts";

/** How a batch is cut. */
export interface Cut {
  /** Samples of a part; the last part may have fewer. */
  readonly atOnce: number;
  /** How many terms the loss of these feeds is the mean of: tokens that count, or samples. */
  readonly counted: (feeds: Tensors) => number;
}

/** A part of a batch, and its share of the terms that the batch's loss is the mean of; a batch's shares sum to 1. */
export interface Part { readonly feeds: Tensors; readonly share: number }

function rows({ dtype, shape, data }: Tensor, from: number, to: number): Tensor {
  const size = data.length / shape[0]!;
  return { dtype, shape: [to - from, ...shape.slice(1)], data: data.subarray(from * size, to * size) };
}

/** Cuts a batch along the first axis of each of its tensors, which is its samples'; a part in which nothing counts is left out. */
export function partsOf(batch: Tensors, { atOnce, counted }: Cut): Part[] {
  const entries = Object.entries(batch), samples = entries[0]![1].shape[0]!, odd = entries.find(([, { shape }]) => shape[0] !== samples);
  if (odd) throw new Error(`"${odd[0]}" has the shape [${odd[1].shape.join(", ")}]; to be cut into parts it needs ${samples} samples, as "${entries[0]![0]}" has`);
  const parts = Array.from({ length: Math.ceil(samples / atOnce) }, (_, i) => Object.fromEntries(entries.map(([name, tensor]) => [name, rows(tensor, i * atOnce, Math.min(samples, (i + 1) * atOnce))])));
  const total = counted(batch);
  return parts.map((feeds) => ({ feeds, share: counted(feeds) / total })).filter(({ share }) => share > 0);
}

/** Loss and gradients of whole batches, taken in parts. */
export interface SummedGradients {
  /** The loss of a batch and its gradient by each parameter, at weights by name; equal to those of the batch as a whole but for rounding. */
  of(batch: Tensors, weights: Tensors): Promise<{ readonly loss: number; readonly gradients: ReadonlyMap<string, Tensor> }>;
  release(): Promise<void>;
}

/** Compiles the loss and gradients of a part. */
export async function summedGradients(executor: Executor, { loss, parameters, frozen }: Omit<TrainingGraph, "metrics">, cut: Cut): Promise<SummedGradients> {
  const names = [...parameters.keys()], outputs = Object.fromEntries(gradients(loss, [...parameters.values()]).map((gradient, i) => [`gradient/${names[i]!}`, gradient]));
  const program = await executor.compile({ ...outputs, loss }, (name) => (parameters.has(name) ? "fed" : frozen?.(name)));
  return {
    async of(batch, weights) {
      const sums = new Map(names.map((name) => [name, { ...weights[name]!, data: new Float32Array(weights[name]!.data.length) }]));
      let mean = 0;
      for (const { feeds, share } of partsOf(batch, cut)) {
        const results: Readonly<Record<string, Tensor>> = await program.run({ ...feeds, ...weights });
        mean += share * results["loss"]!.data[0]!;
        for (const [name, { data: sum }] of sums) results[`gradient/${name}`]!.data.forEach((x, i) => { sum[i]! += share * x; });
      }
      return { loss: mean, gradients: sums };
    },
    release: () => program.release(),
  };
}
