import type { Executor, Tensors } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import type { TrainingGraph } from "../../training/trainer.ts";
import type { Optimizer } from "../../training/update.ts";
import type { Schedule } from "../../training/schedules.ts";

/** How one micro base model is made from nothing: everything `pretrain` needs, and nothing that depends on the machine. */
export interface Recipe {
  /** The model's folder under assets/micro. */
  readonly name: string;
  /** One or two sentences for the model's card. */
  readonly description: string;
  readonly data: string;
  /** The recipe's numbers that results are read against, written to recipe.json beside the weights. */
  readonly numbers?: Readonly<Record<string, unknown>>;
  readonly steps: number;
  /** The command that makes it, where that is not `pretrain`. */
  readonly madeBy?: string;
  /** Recipes whose weights must exist first. */
  readonly needs: readonly string[];
  /** config.json and further files of the model's folder, by file name. */
  readonly files: Readonly<Record<string, unknown>>;
  /** Decay of the moving average of the weights that is kept; none by default. */
  readonly average?: number;
  prepare(context: RecipeContext): Promise<Preparation>;
  /** Training pictures that are not in the cache yet, for recipes that say so. */
  undrawn?(context: Pick<RecipeContext, "assets" | "cache">): number;
  /** Changes that leave the model the same function, made before its weights are written. */
  finalise?(weights: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor>;
  /** Files that depend on the trained weights, written in place of those of the same name. */
  finish?(context: RecipeContext, weights: ReadonlyMap<string, Tensor>): Promise<Readonly<Record<string, unknown>>>;
}

export interface RecipeContext {
  readonly executor: Executor;
  /** Where rendered pictures and unfinished work lie. */
  readonly cache: string;
  /** Weights of the recipes this one needs. */
  readonly assets: string;
  readonly progress: (text: string) => void;
}

export interface Preparation {
  readonly graph: TrainingGraph;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly initial: ReadonlyMap<string, Tensor>;
  /** The batch of a step; depends on the step alone. */
  batch(step: number): Tensors | Promise<Tensors>;
  /** Tensors of the checkpoint that training leaves alone. */
  readonly constants?: ReadonlyMap<string, Tensor>;
}

/** Numbers repeated to a float32 tensor of a shape. */
export const filled = (shape: readonly number[], value: number): Tensor => floats(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value));
