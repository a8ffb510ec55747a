import { floats, type Tensor } from "../src/graph/tensor.ts";
import type { Executor, Tensors, Weights } from "../src/graph/executor.ts";
import type { Value } from "../src/graph/value.ts";
import { Random } from "../src/random/random.ts";
import type { WeightScope } from "../src/models/weights.ts";
import { openCheckpoint } from "../src/weights/checkpoint.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** One thing to time: a graph with its weights and the tensors fed to it. */
export interface Workload {
  readonly name: string;
  /** What it is, with its sizes. */
  readonly about: string;
  readonly outputs: Readonly<Record<string, Value>>;
  readonly weights: Weights;
  /** Tensors of a run, for a batch of the given size. */
  feeds(batch: number): Tensors;
  readonly batch: number;
  /** Whether its batch goes through the graph in as many parts as the program has lanes. */
  readonly together?: boolean;
  /** The output that is compared with other engines. */
  readonly compare: string;
  /** What PyTorch needs to do the same: a Hugging Face folder's content, and further tensors. */
  readonly pytorch: { readonly config: unknown; readonly modelWeights: ReadonlyMap<string, Tensor> | { readonly folder: string }; readonly extra?: Tensors };
}

/** A model's weights: those of its folder under assets/micro where they have been trained, else normal numbers of standard deviation 1/sqrt(fan in). */
export function modelWeights(name: string, file: string, scope: WeightScope): { readonly weights: Weights; readonly source: Workload["pytorch"]["modelWeights"] } {
  const folder = join("assets/micro", name);
  if (existsSync(join(folder, file))) {
    const { tensors } = openCheckpoint(folder);
    return { weights: (weight) => tensors.get(weight), source: { folder } };
  }
  const made = new Map(scope.manifest().map(({ name: weight, shape }) => {
    const random = new Random("benchmark weights", name, weight), size = shape.reduce((a, b) => a * b, 1);
    const scale = shape.length === 1 ? 0.1 : (shape.at(-1)!) ** -0.5, centre = shape.length === 1 && !weight.endsWith("bias") ? 1 : 0;
    return [weight, floats(shape, random.normals(size).map((x) => centre + scale * x))];
  }));
  return { weights: (weight) => made.get(weight), source: made };
}

/** Normal numbers of a shape. */
export const normals = (shape: readonly number[], ...key: string[]): Tensor => floats(shape, new Random("benchmark", ...key).normals(shape.reduce((a, b) => a * b, 1)));

/** Remembers the one graph that is compiled through it, instead of running it. */
export function capturing(): { readonly executor: Executor; readonly captured: () => { outputs: Readonly<Record<string, Value>>; weights: Weights } } {
  let found: { outputs: Readonly<Record<string, Value>>; weights: Weights } | undefined;
  const executor: Executor = {
    name: "capture",
    compile: (outputs, weights = () => "fed") => {
      found = { outputs, weights };
      return Promise.resolve({ run: () => Promise.reject(new Error("a captured graph does not run")), release: () => Promise.resolve() });
    },
  };
  return { executor, captured: () => found! };
}
