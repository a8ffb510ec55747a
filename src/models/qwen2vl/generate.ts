/** Generation with Qwen2-VL: text tokens with the feature that produced each. Axes: B rows, T prompt tokens, D width, V vocabulary. */
import type { Executor, Program, Tensors, Weights } from "../../graph/executor.ts";
import { ints } from "../../graph/tensor.ts";
import type { Random } from "../../random/random.ts";
import { greedyToken, sampleToken, type Sampling } from "../sampling.ts";
import { prepareBatch, type Prompt } from "./batch.ts";
import { cacheNames, prefillGraph, stepGraph } from "./generationGraphs.ts";
import { emptyCaches, keepRows, writePlace } from "./cacheRows.ts";
import { headWidth, type Qwen2VLConfig } from "./config.ts";

export interface GenerationOptions {
  readonly maxNewTokens: number;
  /** Ids that end a row; the end token and its feature are left out of the result. None: every row gets maxNewTokens. */
  readonly endIds: readonly number[];
  /** Greedy where left out. One stream for each prompt, keyed by the sample: its draws do not depend on the batch. */
  readonly sampling?: Sampling & { readonly streams: readonly Random[] };
  readonly keepLogits?: boolean;
}

export interface GeneratedRow {
  readonly ids: Int32Array;
  /** [ids.length, D]: the final norm's output whose logits chose each token. */
  readonly features: Float32Array;
  /** Whether an end token was chosen. */
  readonly ended: boolean;
  /** [ids.length, V], where asked for. */
  readonly logits: Float32Array | undefined;
}

export interface Qwen2VLGenerator {
  /** Continues each prompt; the rows of the result are in the prompts' order. */
  generate(prompts: readonly Prompt[], options: GenerationOptions): Promise<GeneratedRow[]>;
  release(): Promise<void>;
}

/** Rows that have ended leave the batch once they are this share of it. */
const COMPACT_AT = 0.25;

/** What one row has written so far. */
class WrittenRow {
  readonly ids: number[] = [];
  ended = false;
  readonly #features: Float32Array;
  readonly #logits: Float32Array | undefined;

  constructor({ hidden_size, vocab_size }: Qwen2VLConfig, { maxNewTokens, keepLogits = false }: GenerationOptions) {
    this.#features = new Float32Array(maxNewTokens * hidden_size);
    this.#logits = keepLogits ? new Float32Array(maxNewTokens * vocab_size) : undefined;
  }

  push(id: number, feature: Float32Array, logits: Float32Array): void {
    this.#features.set(feature, this.ids.length * feature.length);
    this.#logits?.set(logits, this.ids.length * logits.length);
    this.ids.push(id);
  }

  result({ hidden_size, vocab_size }: Qwen2VLConfig): GeneratedRow {
    const n = this.ids.length;
    return { ids: Int32Array.from(this.ids), features: this.#features.slice(0, n * hidden_size), ended: this.ended, logits: this.#logits?.slice(0, n * vocab_size) };
  }
}

/** A generator over compiled graphs: one that reads prompts with their images, one for each further token. */
export async function qwen2vlGenerator(executor: Executor, config: Qwen2VLConfig, weights: Weights): Promise<Qwen2VLGenerator> {
  const { hidden_size: D, vocab_size: V, num_key_value_heads } = config;
  const step: Program = await executor.compile(stepGraph(config), weights);
  const prefills = new Map<boolean, Promise<Program>>();
  const prefill = (mixedGrids: boolean): Promise<Program> => {
    const compiled = prefills.get(mixedGrids) ?? executor.compile(prefillGraph(config, mixedGrids), weights);
    prefills.set(mixedGrids, compiled);
    return compiled;
  };
  const written = cacheNames("written", config), own = cacheNames("own", config), prompt = cacheNames("prompt", config);

  async function generate(prompts: readonly Prompt[], options: GenerationOptions): Promise<GeneratedRow[]> {
    const { maxNewTokens, endIds, sampling } = options, B = prompts.length;
    if (B === 0) return [];
    if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1) throw new Error(`maxNewTokens must be a positive integer, found ${maxNewTokens}`);
    if (sampling && sampling.streams.length !== B) throw new Error(`sampling needs a random stream for each of ${B} prompts, found ${sampling.streams.length}`);
    const { feeds, mixedGrids, deltas } = prepareBatch(config, prompts), T = feeds.inputIds.shape[1]!;
    const rows = prompts.map(() => new WrittenRow(config, options)), ends = new Set(endIds);
    const choose = (row: number, logits: Float32Array): number => (sampling ? sampleToken(logits, sampling, sampling.streams[row]!) : greedyToken(logits));

    let found: Tensors = await (await prefill(mixedGrids)).run({ ...feeds, rows: ints([B], Array.from({ length: B }, (_, b) => (b + 1) * T - 1)) });
    let caches: Tensors = {
      mask: feeds.mask,
      ...Object.fromEntries(prompt.map((name) => [name, found[name]!])),
      ...emptyCaches(written, [B, num_key_value_heads, 1, Math.max(1, maxNewTokens - 1), headWidth(config)]),
    };
    /** The prompt each row of the present batch belongs to. */
    let batch = prompts.map((_, row) => row);
    for (let place = 0; ; place++) {
      const norm = found["norm"]!.data as Float32Array, logits = found["logits"]!.data as Float32Array;
      for (const [b, row] of batch.entries()) {
        if (rows[row]!.ended) continue;
        const own = logits.subarray(b * V, (b + 1) * V), id = choose(row, own);
        if (ends.has(id)) rows[row]!.ended = true;
        else rows[row]!.push(id, norm.subarray(b * D, (b + 1) * D), own);
      }
      const open = [...batch.keys()].filter((b) => !rows[batch[b]!]!.ended);
      if (open.length === 0 || place + 1 === maxNewTokens) return rows.map((row) => row.result(config));
      if (open.length <= (1 - COMPACT_AT) * batch.length) {
        caches = Object.fromEntries(Object.entries(caches).map(([name, tensor]) => [name, keepRows(tensor, open)]));
        batch = open.map((b) => batch[b]!);
      }
      // A row that has ended but is still in the batch repeats its last token; nothing of it is kept.
      const ids = ints([batch.length, 1], batch.map((row) => rows[row]!.ids.at(-1) ?? 0));
      const at = batch.map((row) => T + deltas[row]! + place);
      found = await step.run({ ...caches, ids, positions: ints([3, batch.length, 1], [...at, ...at, ...at]), writtenCount: ints([], [place]) });
      written.forEach((name, i) => writePlace(caches[name]!, found[own[i]!]!, place));
    }
  }

  async function release(): Promise<void> {
    await step.release();
    for (const program of prefills.values()) await (await program).release();
  }
  return { generate, release };
}
