import type { Executor, Program } from "../../graph/executor.ts";
import { prepareBatch, type Prompt } from "../../models/qwen2vl/batch.ts";
import { qwen2vlGenerator } from "../../models/qwen2vl/generate.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../models/qwen2vl/qwen2vl.ts";
import { WeightScope } from "../../models/weights.ts";
import type { Random } from "../../random/random.ts";
import type { FeatureSource } from "./recipe.ts";
import type { FeatureRow } from "./shard.ts";

/** Which tokens have features: those the LVLM writes, or those it reads. */
export type FeatureKind = "generated" | "prompt";

/** Makes the rows of prompts, whose results do not depend on each other. */
export interface RowMaker {
  make(prompts: readonly Prompt[], streams: readonly Random[]): Promise<FeatureRow[]>;
  release(): Promise<void>;
}

/** Answers sampled by one stream each, with the final norm's output that chose each token; the end token and its feature are left out. */
async function generatedMaker({ lvlm, recipe }: FeatureSource, executor: Executor): Promise<RowMaker> {
  const generator = await qwen2vlGenerator(executor, lvlm.config, lvlm.weights);
  return {
    async make(prompts, streams) {
      const rows = await generator.generate(prompts, { maxNewTokens: recipe.maxNewTokens, endIds: recipe.ignoreEnd ? [] : lvlm.endIds, sampling: { ...recipe.sampling, streams } });
      return rows.map(({ ids, features }) => ({ ids, features, text: lvlm.tokenizer.decode([...ids], { skipSpecial: true }) }));
    },
    release: () => generator.release(),
  };
}

/** The final norm's output at every position of the prompt: image placeholders and template included. */
function promptMaker({ lvlm }: FeatureSource, executor: Executor): Promise<RowMaker> {
  const { config } = lvlm, D = config.hidden_size, programs = new Map<boolean, Promise<Program>>();
  const programFor = (mixedGrids: boolean): Promise<Program> => {
    const compiled = programs.get(mixedGrids) ?? executor.compile({ norm: qwen2vlForward(new WeightScope(), config, qwen2vlInputs(config, { mixedGrids })).norm }, lvlm.weights);
    programs.set(mixedGrids, compiled);
    return compiled;
  };
  return Promise.resolve({
    async make(prompts) {
      const { feeds, mixedGrids } = prepareBatch(config, prompts), { norm } = await (await programFor(mixedGrids)).run(feeds);
      const T = norm!.shape[1]!, data = norm!.data as Float32Array; // prompts are padded on the left
      return prompts.map(({ ids }, b) => ({ ids: Int32Array.from(ids), features: data.slice(((b + 1) * T - ids.length) * D, (b + 1) * T * D), text: lvlm.tokenizer.decode(Array.from(ids)) }));
    },
    async release() {
      for (const program of programs.values()) await (await program).release();
    },
  });
}

export const rowMakers: Readonly<Record<FeatureKind, (source: FeatureSource, executor: Executor) => Promise<RowMaker>>> = { generated: generatedMaker, prompt: promptMaker };
