import type { Tensor } from "./tensor.ts";
import { Underway } from "./underway.ts";
import type { Value } from "./value.ts";

/** Where a weight lies in a file, used in place: a dtype as safetensors names it, absolute byte offset and length. */
export interface FileTensor {
  readonly file: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

/** A weight's source: a place in a file, a host tensor baked in, or "fed" at each run under its own name. */
export type WeightSource = FileTensor | Tensor | "fed";

/** Finds the source of a parameter by its name; undefined is refused when the graph is compiled. */
export type Weights = (name: string) => WeightSource | undefined;

export type Tensors = Readonly<Record<string, Tensor>>;

/** A compiled graph. */
export interface Program<Output extends string = string> {
  run(feeds: Tensors): Promise<Record<Output, Tensor>>;
  release(): Promise<void>;
  /** How many runs, called together, are computed at once; 1 where left out. */
  readonly lanes?: number;
}

export interface CompileOptions {
  /** Whether runs will be called together, so that lanes can be made. */
  readonly together?: boolean;
}

/** Something that can run graphs. */
export interface Executor {
  readonly name: string;
  compile<Output extends string>(outputs: Readonly<Record<Output, Value>>, weights?: Weights, options?: CompileOptions): Promise<Program<Output>>;
}

/** Does work that runs a program on each item, on as many at once as the program has lanes; results in the items' order. After a failure no more is begun, and it is thrown once what was begun has ended. */
export async function inLanes<T, R>({ lanes = 1 }: Pick<Program, "lanes">, items: readonly T[], work: (item: T, i: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [], underway = new Underway();
  try {
    for (const [i, item] of items.entries()) await underway.begin(lanes, async () => { results[i] = await work(item, i); });
  } finally {
    await underway.end();
  }
  return results;
}
