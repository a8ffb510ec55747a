/** A rescaling of T5's encoder output that changes no function: the final norm gives `scale` times as much, and what reads it divides by as much. */
import type { Weights } from "../graph/executor.ts";
import { floats } from "../graph/tensor.ts";
import { readCheckpointTensorAsFloat32, type Checkpoint } from "../weights/checkpoint.ts";

/** A checkpoint's tensors, those that `factorOf` names multiplied; a factor of 1 leaves a tensor in its file. */
function scaledWeights(checkpoint: Checkpoint, factorOf: (name: string) => number): Weights {
  return (name) => {
    const tensor = checkpoint.tensors.get(name), factor = factorOf(name);
    return tensor && factor !== 1 ? floats(tensor.shape, readCheckpointTensorAsFloat32(checkpoint, name).map((x) => x * factor)) : tensor;
  };
}

/** T5 whose encoder states are `scale` times its own, with the same logits: final norm times scale, the decoder's cross-attention keys and values divided by it. */
export const rescaledT5 = (checkpoint: Checkpoint, scale: number): Weights =>
  scaledWeights(checkpoint, (name) => (name === "encoder.final_layer_norm.weight" ? scale : /^decoder\.block\.\d+\.layer\.1\.EncDecAttention\.[kv]\.weight$/.test(name) ? 1 / scale : 1));

/** FLUX for text features that are `scale` times T5's own: its linear text input divided by scale. */
export const rescaledFlux = (checkpoint: Checkpoint, scale: number): Weights => scaledWeights(checkpoint, (name) => (name === "context_embedder.weight" ? 1 / scale : 1));
