import { floats, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { Random } from "../../random/random.ts";
import { openCheckpoint, readCheckpointTensorAsFloat32 } from "../../weights/checkpoint.ts";

/** Initial value of a parameter: a standard deviation of normal numbers, or a function of its shape. */
export type InitialRule = (name: string, shape: readonly number[]) => number | { readonly fill: number } | Float32Array;

/** Initial weights of declared parameters, each from its own random stream. */
export function initialise(parameters: ReadonlyMap<string, Value>, seed: number, rule: InitialRule): Map<string, Tensor> {
  return new Map([...parameters].map(([name, value]) => {
    const shape = value.shape as readonly number[], size = shape.reduce((a, b) => a * b, 1), made = rule(name, shape);
    const random = new Random("initial weights", seed, name);
    const data = made instanceof Float32Array ? made : typeof made === "number" ? random.normals(size).map((x) => x * made) : new Float32Array(size).fill(made.fill);
    return [name, floats(shape, data)];
  }));
}

/** A trained model's weights of some names, as training on begins with them. */
export function weightsOf(folder: string, names: Iterable<string>): Map<string, Tensor> {
  const checkpoint = openCheckpoint(folder);
  return new Map([...names].map((name) => [name, floats(checkpoint.tensors.get(name)!.shape, readCheckpointTensorAsFloat32(checkpoint, name))]));
}
