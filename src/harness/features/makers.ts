import type { Experiment } from "../../ablations/experiment.ts";
import type { Executor, Program } from "../../graph/executor.ts";
import { prepareBatch, type Prompt } from "../../models/qwen2vl/batch.ts";
import { qwen2vlGenerator } from "../../models/qwen2vl/generate.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../models/qwen2vl/qwen2vl.ts";
import { WeightScope } from "../../models/weights.ts";
import type { Random } from "../../random/random.ts";
import type { FeatureSource } from "./recipe.ts";
import type { FeatureRow } from "./shard.ts";

/** Which tokens have features: those the LVLM writes, or those it reads; "layer-0.5" stands for the written tokens' hidden states behind half of its layers instead of the final norm. */
export type FeatureKind = "generated" | "prompt" | `layer-${number}`;

/** The kind that an experiment reads. */
export const featureKind = ({ features, layer }: Pick<Experiment, "features" | "layer">): FeatureKind => (features === "prompt" ? "prompt" : layer === undefined ? "generated" : `layer-${layer}`);

/** Whether features are hidden states of answers that are known already. */
export const needsAnswers = (kind: FeatureKind): boolean => kind.startsWith("layer-");

/** The layer, counted from 1, that a kind names of an LVLM of so many. */
export const layerOf = (kind: FeatureKind, layers: number): number => Math.min(layers, Math.max(1, Math.round(Number(kind.slice("layer-".length)) * layers)));

/** Makes the rows of prompts, whose results do not depend on each other. */
export interface RowMaker {
  /** `answers` are the ids written before, where the kind needs them. */
  make(prompts: readonly Prompt[], streams: readonly Random[], answers?: readonly Int32Array[]): Promise<FeatureRow[]>;
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

/** One reading of whole sequences: the final norm's output, or a layer's, at every position. */
function sequenceReader({ lvlm }: FeatureSource, executor: Executor, layer?: number): { read(prompts: readonly Prompt[]): Promise<Float32Array[]>; release(): Promise<void> } {
  const { config } = lvlm, D = config.hidden_size, programs = new Map<boolean, Promise<Program>>();
  const programFor = (mixedGrids: boolean): Promise<Program> => {
    const compile = (): Promise<Program> => {
      const { norm, layers } = qwen2vlForward(new WeightScope(), config, qwen2vlInputs(config, { mixedGrids }));
      return executor.compile({ states: layer === undefined ? norm : layers[layer - 1]!.hidden }, lvlm.weights);
    };
    const compiled = programs.get(mixedGrids) ?? compile();
    programs.set(mixedGrids, compiled);
    return compiled;
  };
  return {
    async read(prompts) {
      const { feeds, mixedGrids } = prepareBatch(config, prompts), { states } = await (await programFor(mixedGrids)).run(feeds);
      const T = states!.shape[1]!, data = states!.data as Float32Array; // prompts are padded on the left
      return prompts.map(({ ids }, b) => data.slice(((b + 1) * T - ids.length) * D, (b + 1) * T * D));
    },
    async release() {
      for (const program of programs.values()) await (await program).release();
    },
  };
}

/** The final norm's output at every position of the prompt: image placeholders and template included. */
function promptMaker(source: FeatureSource, executor: Executor): RowMaker {
  const { read, release } = sequenceReader(source, executor);
  return {
    async make(prompts) {
      const rows = await read(prompts);
      return prompts.map(({ ids }, b) => ({ ids: Int32Array.from(ids), features: rows[b]!, text: source.lvlm.tokenizer.decode(Array.from(ids)) }));
    },
    release,
  };
}

/** A layer's hidden states at the positions that produced each token of answers written before. */
function layerMaker(source: FeatureSource, executor: Executor, layer: number): RowMaker {
  const { read, release } = sequenceReader(source, executor, layer), { lvlm: { config, tokenizer } } = source;
  return {
    async make(prompts, _, answers) {
      if (!answers) throw new Error("hidden states of answers need the answers");
      // A placeholder among written tokens stands for no picture: it is read as an end token.
      const written = (ids: Int32Array): number[] => Array.from(ids.slice(0, -1), (id) => (id === config.image_token_id ? config.eos_token_id : id));
      const rows = await read(prompts.map(({ ids, images }, b) => ({ ids: [...Array.from(ids), ...written(answers[b]!)], images })));
      return answers.map((ids, b) => ({ ids, features: rows[b]!.slice(rows[b]!.length - ids.length * config.hidden_size), text: tokenizer.decode([...ids], { skipSpecial: true }) }));
    },
    release,
  };
}

/** What makes the rows of a kind. */
export async function rowMaker(kind: FeatureKind, source: FeatureSource, executor: Executor): Promise<RowMaker> {
  return needsAnswers(kind) ? layerMaker(source, executor, layerOf(kind, source.lvlm.config.num_hidden_layers)) : kind === "prompt" ? promptMaker(source, executor) : generatedMaker(source, executor);
}
