/** Greedy generation with LLaVA: one run reads the prompts, then one run a token against the cached keys and values. */
import { addDims, subDims } from "../../graph/dims.ts";
import type { Executor, Program, Weights } from "../../graph/executor.ts";
import { ints, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { input, iota, slice } from "../../ops/index.ts";
import { keyMaskBias } from "../layers/attention.ts";
import { WeightScope } from "../weights.ts";
import { prepareLlavaBatch, type LlavaPrompt } from "./batch.ts";
import type { LlavaConfig } from "./config.ts";
import { llamaHead, llamaLayers, type LayerOutputs } from "./decoder.ts";
import { embedTokens, llavaInputs, llavaPrefix } from "./llava.ts";

export interface LlavaGeneration {
  /** New token ids of each prompt, the end token included where one came. */
  readonly sequences: Int32Array[];
  /** Logits [V] of each new token of each prompt. */
  readonly stepLogits: Float32Array[][];
}

export interface LlavaGenerator {
  /** Greedy replies of at most `maxNewTokens` tokens, ending with `eosId` (the configuration's by default); a reply does not depend on its neighbours. */
  generate(prompts: readonly LlavaPrompt[], options: { readonly maxNewTokens: number; readonly eosId?: number }): Promise<LlavaGeneration>;
  /** How many calls made together are answered at once. */
  readonly lanes: number;
  release(): Promise<void>;
}

/** Logits [B, 1, V] of the last token, and each layer's keys and values as the next step takes them. */
function stepOutputs(config: LlavaConfig, weights: WeightScope, layers: readonly LayerOutputs[]): Record<string, Value> {
  const { hidden } = layers.at(-1)!, last = slice(hidden, 1, subDims(hidden.shape[1]!, 1), 1);
  const caches = layers.flatMap(({ keys, values }, i) => [[`keys.${i}`, keys], [`values.${i}`, values]] as const);
  // An output may not share an input's name.
  return { logits: llamaHead(weights.at("language_model"), config.text_config, last).logits, ...Object.fromEntries(caches.map(([name, x]) => [`new.${name}`, x])) };
}

function prefillOutputs(config: LlavaConfig): Record<string, Value> {
  const weights = new WeightScope();
  return stepOutputs(config, weights, llavaPrefix(weights, config, llavaInputs(config)).layers);
}

/** One token after S others: "ids" [B, 1], "mask" [B, S+1], and the cached "keys.i" and "values.i" [B, H, S, d]. */
function decodeOutputs(config: LlavaConfig): Record<string, Value> {
  const weights = new WeightScope(), { hidden_size, num_attention_heads: H, num_hidden_layers } = config.text_config;
  const cache = (name: string): Value => input(name, ["B", H, "S", hidden_size / H]), total = addDims("S", 1);
  const past = Array.from({ length: num_hidden_layers }, (_, i) => ({ keys: cache(`keys.${i}`), values: cache(`values.${i}`) }));
  const x = embedTokens(weights, config, input("ids", ["B", 1], "int32"));
  const layers = llamaLayers(weights.at("language_model.model"), config.text_config, x, slice(iota(total), 0, "S", 1), keyMaskBias(input("mask", ["B", total], "int32")), past);
  return stepOutputs(config, weights, layers);
}

/** An int32 mask [B, S] with a column of ones added. */
function grown({ shape, data }: Tensor): Tensor {
  const [B, S] = shape as readonly [number, number], out = new Int32Array(B * (S + 1)).fill(1);
  for (let b = 0; b < B; b++) out.set((data as Int32Array).subarray(b * S, (b + 1) * S), b * (S + 1));
  return ints([B, S + 1], out);
}

const argmaxOf = (row: Float32Array): number => row.reduce((best, x, i) => (x > row[best]! ? i : best), 0);

/** Compiles both runs for a LLaVA checkpoint's weights. */
export async function llavaGenerator(executor: Executor, config: LlavaConfig, weights: Weights): Promise<LlavaGenerator> {
  const prefill: Program = await executor.compile(prefillOutputs(config), weights, { together: true });
  const decode: Program = await executor.compile(decodeOutputs(config), weights, { together: true });
  const V = config.text_config.vocab_size;

  async function generate(prompts: readonly LlavaPrompt[], { maxNewTokens, eosId = config.text_config.eos_token_id }: { readonly maxNewTokens: number; readonly eosId?: number }): Promise<LlavaGeneration> {
    if (prompts.length === 0) return { sequences: [], stepLogits: [] };
    const sequences: number[][] = prompts.map(() => []), stepLogits: Float32Array[][] = prompts.map(() => []);
    const open = new Set(prompts.keys()), batch = prepareLlavaBatch(config, prompts);
    let { mask } = batch, results = await prefill.run({ ...batch });
    for (let step = 1; ; step++) {
      const logits = results["logits"]!.data as Float32Array;
      const ids = prompts.map((_, b) => {
        if (!open.has(b)) return eosId; // a closed row's tokens are never read
        const row = logits.slice(b * V, (b + 1) * V), id = argmaxOf(row);
        sequences[b]!.push(id);
        stepLogits[b]!.push(row);
        if (id === eosId) open.delete(b);
        return id;
      });
      if (step >= maxNewTokens || open.size === 0) break;
      mask = grown(mask);
      const caches = Object.entries(results).filter(([name]) => name.startsWith("new.")).map(([name, x]) => [name.slice("new.".length), x] as const);
      results = await decode.run({ ids: ints([prompts.length, 1], ids), mask, ...Object.fromEntries(caches) });
    }
    return { sequences: sequences.map((s) => Int32Array.from(s)), stepLogits };
  }

  return { lanes: prefill.lanes ?? 1, generate, release: async () => { await prefill.release(); await decode.release(); } };
}
