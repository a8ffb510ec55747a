import type { Executor, Program, Tensors, Weights } from "../graph/executor.ts";
import { floats, type Tensor } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { gradients } from "../autodiff/gradient.ts";
import { div, input, minimum, mul, sqrt, sum, add } from "../ops/index.ts";
import { adamW, releasedAdamW, type AdamWConfig } from "./adamw.ts";
import { muon, type MuonConfig } from "./muon.ts";

export interface Optimizer {
  readonly adamW?: AdamWConfig;
  /** Which matrices Muon updates; AdamW has the rest. */
  readonly muon?: MuonConfig & { readonly use: (name: string, shape: readonly number[]) => boolean };
  /** Largest global gradient norm; none by default. */
  readonly clip?: number;
}

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

/** A training step as one graph: forward, backward and optimiser update; weights and moments live on the host between steps. */
export class Trainer {
  readonly #program: Program;
  readonly #optimizer: Optimizer;
  readonly #fed: readonly string[];
  #state: TrainingState;
  #step: number;

  private constructor(program: Program, optimizer: Optimizer, fed: readonly string[], state: TrainingState, step: number) {
    this.#program = program;
    this.#optimizer = optimizer;
    this.#fed = fed;
    this.#state = state;
    this.#step = step;
  }

  /** Compiles the step. `initial` holds at least "weight/<name>" of every parameter; missing moments start at zero. */
  static async create(executor: Executor, graph: TrainingGraph, optimizer: Optimizer, initial: TrainingState, step = 0): Promise<Trainer> {
    const names = [...graph.parameters.keys()], adam = optimizer.adamW ?? releasedAdamW;
    const rate = input("rate", []), corrections = { first: input("correction1", []), second: input("correction2", []) };
    const grads = gradients(graph.loss, [...graph.parameters.values()]);
    const gradNorm = sqrt(grads.map((g) => sum(mul(g, g))).reduce(add));
    const scale = optimizer.clip === undefined ? undefined : minimum(1, div(optimizer.clip, add(gradNorm, 1e-12)));
    const outputs: Record<string, Value> = { loss: graph.loss, gradNorm };
    for (const [name, value] of Object.entries(graph.metrics ?? {})) outputs[`metric/${name}`] = value;
    const state: TrainingState = new Map(), fed: string[] = [], matrices: { name: string; weight: Value; momentum: Value; gradient: Value }[] = [];
    names.forEach((name, i) => {
      const weight = graph.parameters.get(name)!, shape = weight.shape as readonly number[];
      const start = initial.get(`weight/${name}`);
      if (!start) throw new Error(`training needs an initial value of "${name}"`);
      const keep = (part: string) => {
        const key = `${part}/${name}`;
        state.set(key, initial.get(key) ?? floats(shape, new Float32Array(start.data.length)));
        fed.push(key);
        return input(key, shape);
      };
      state.set(`weight/${name}`, start);
      fed.push(`weight/${name}`);
      if (optimizer.muon?.use(name, shape)) {
        matrices.push({ name, weight, momentum: keep("first"), gradient: grads[i]! });
      } else {
        const gradient = scale ? mul(grads[i]!, scale) : grads[i]!;
        const next = adamW({ weight, first: keep("first"), second: keep("second") }, gradient, rate, corrections, adam);
        outputs[`next/weight/${name}`] = next.weight;
        outputs[`next/first/${name}`] = next.first;
        outputs[`next/second/${name}`] = next.second;
      }
    });
    if (optimizer.muon) {
      muon(matrices, matrices.map(({ gradient }) => gradient), rate, optimizer.muon, scale).forEach((next, i) => {
        outputs[`next/weight/${matrices[i]!.name}`] = next.weight;
        outputs[`next/first/${matrices[i]!.name}`] = next.momentum;
      });
    }
    const program = await executor.compile(outputs, (name) => (graph.parameters.has(name) ? "fed" : graph.frozen?.(name)));
    return new Trainer(program, optimizer, fed, state, step);
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
    const all: Record<string, Tensor> = { ...feeds };
    for (const [name, x] of Object.entries(scalars)) all[name] = floats([], [x]);
    for (const key of this.#fed) all[key.startsWith("weight/") ? key.slice("weight/".length) : key] = this.#state.get(key)!;
    const results = await this.#program.run(all);
    this.#state = new Map(this.#fed.map((key) => [key, results[`next/${key}`]!]));
    this.#step = t;
    const metrics = Object.fromEntries(Object.entries(results).filter(([k]) => k.startsWith("metric/")).map(([k, v]) => [k.slice("metric/".length), v]));
    return { loss: results["loss"]!.data[0]!, gradNorm: results["gradNorm"]!.data[0]!, metrics };
  }

  release(): Promise<void> {
    return this.#program.release();
  }
}
