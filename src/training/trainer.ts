import type { Executor, Tensors, Weights } from "../graph/executor.ts";
import { floats, type Tensor } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { gradients } from "../autodiff/gradient.ts";
import { input } from "../ops/index.ts";
import { releasedAdamW } from "./adamw.ts";
import type { SummedGradients } from "./parts.ts";
import { update, type Optimizer } from "./update.ts";

export interface TrainingGraph {
  /** Float32 scalar to minimise. */
  readonly loss: Value;
  /** What is trained, by checkpoint name. */
  readonly parameters: ReadonlyMap<string, Value>;
  /** Further values reported each step. */
  readonly metrics?: Readonly<Record<string, Value>>;
  /** Sources of frozen weights. */
  readonly frozen?: Weights;
}

/** Weights and optimiser moments by tensor name: "weight/x", "first/x", "second/x". */
export type TrainingState = Map<string, Tensor>;

export interface StepResult { readonly loss: number; readonly gradNorm: number; readonly metrics: Readonly<Record<string, Tensor>> }

/** What computes a step: "loss", "gradNorm", "metric/<name>" and "next/<key>" of a batch, from weights by name, moments by key, and the step's scalars. */
interface Step {
  run(batch: Tensors, held: Tensors): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}

/** The state of keys: as given, or moments of zero; a parameter without a weight is refused. */
function begin(keys: readonly string[], parameters: ReadonlyMap<string, Value>, initial: TrainingState): TrainingState {
  for (const name of parameters.keys()) if (!initial.has(`weight/${name}`)) throw new Error(`training needs an initial value of "${name}"`);
  return new Map(keys.map((key) => {
    const { shape, data } = initial.get(`weight/${key.slice(key.indexOf("/") + 1)}`)!;
    return [key, initial.get(key) ?? floats(shape, new Float32Array(data.length))];
  }));
}

/** Takes training steps: forward, backward and optimiser update; weights and moments live on the host between steps. */
export class Trainer {
  readonly #program: Step;
  readonly #optimizer: Optimizer;
  readonly #fed: readonly string[];
  #state: TrainingState;
  #step: number;

  private constructor(program: Step, optimizer: Optimizer, fed: readonly string[], state: TrainingState, step: number) {
    this.#program = program;
    this.#optimizer = optimizer;
    this.#fed = fed;
    this.#state = state;
    this.#step = step;
  }

  /** Compiles the step as one graph. `initial` holds at least "weight/<name>" of every parameter; missing moments start at zero. */
  static async create(executor: Executor, { loss, parameters, metrics = {}, frozen }: TrainingGraph, optimizer: Optimizer, initial: TrainingState, step = 0): Promise<Trainer> {
    const { gradNorm, next, keys } = update(parameters, gradients(loss, [...parameters.values()]), optimizer), state = begin(keys, parameters, initial);
    const outputs = { loss, gradNorm, ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`metric/${name}`, value])), ...next };
    const program = await executor.compile(outputs, (name) => (parameters.has(name) ? "fed" : frozen?.(name)));
    return new Trainer({ run: (batch, held) => program.run({ ...batch, ...held }), release: () => program.release() }, optimizer, keys, state, step);
  }

  /** Compiles the update alone; gradients come from batches in parts, and are released with the trainer. */
  static async inParts(executor: Executor, summed: SummedGradients, parameters: ReadonlyMap<string, Value>, optimizer: Optimizer, initial: TrainingState, step = 0): Promise<Trainer> {
    const given = [...parameters].map(([name, { shape }]) => input(`gradient/${name}`, shape)), { gradNorm, next, keys } = update(parameters, given, optimizer), state = begin(keys, parameters, initial);
    const program = await executor.compile({ gradNorm, ...next });
    return new Trainer({
      async run(batch, held) {
        const { loss, gradients: own } = await summed.of(batch, held);
        return { loss: floats([], [loss]), ...await program.run({ ...held, ...Object.fromEntries([...own].map(([name, gradient]) => [`gradient/${name}`, gradient])) }) };
      },
      async release() {
        await summed.release();
        await program.release();
      },
    }, optimizer, keys, state, step);
  }

  /** Steps taken so far. */
  get step(): number {
    return this.#step;
  }

  /** The current weights and moments; replaced, never changed, by each step. */
  get state(): TrainingState {
    return this.#state;
  }

  /** A parameter's current value. */
  weight(name: string): Tensor {
    return this.#state.get(`weight/${name}`)!;
  }

  /** Takes one step at a learning rate; the reported loss and gradient norm are from before the update. */
  async run(feeds: Tensors, rate: number): Promise<StepResult> {
    const { beta1, beta2 } = this.#optimizer.adamW ?? releasedAdamW, t = this.#step + 1;
    const scalars = { rate, correction1: 1 / (1 - beta1 ** t), correction2: 1 / (1 - beta2 ** t) };
    const held: Record<string, Tensor> = {};
    for (const [name, x] of Object.entries(scalars)) held[name] = floats([], [x]);
    for (const key of this.#fed) held[key.startsWith("weight/") ? key.slice("weight/".length) : key] = this.#state.get(key)!;
    const results = await this.#program.run(feeds, held);
    this.#state = new Map(this.#fed.map((key) => [key, results[`next/${key}`]!]));
    this.#step = t;
    const metrics = Object.fromEntries(Object.entries(results).filter(([k]) => k.startsWith("metric/")).map(([k, v]) => [k.slice("metric/".length), v]));
    return { loss: results["loss"]!.data[0]!, gradNorm: results["gradNorm"]!.data[0]!, metrics };
  }

  release(): Promise<void> {
    return this.#program.release();
  }
}
