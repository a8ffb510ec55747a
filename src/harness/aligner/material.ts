/** What an aligner is trained on: a frozen model's features of pictures, and the text that T5's decoder has to write from them. */
import type { Experiment, Objective } from "../../ablations/experiment.ts";
import { UserError } from "../../files/userError.ts";
import type { Tensors } from "../../graph/executor.ts";
import type { Value } from "../../graph/value.ts";
import type { AlignerConfig } from "../../models/aligner/aligner.ts";
import type { T5Config } from "../../models/t5/config.ts";
import { encoderStatesLoss } from "../../models/thinkdiff/encoderStates.ts";
import { thinkDiffLvlm, thinkDiffLvlmInputs } from "../../models/thinkdiff/thinkdiffLvlm.ts";
import type { WeightScope } from "../../models/weights.ts";
import { trainingFeatures } from "../features/features.ts";
import { featureRecipe, featuresIdentity, type FeatureSet } from "../features/recipe.ts";
import { openLvlm, type OpenedT5 } from "../models.ts";
import { heldOutBatches, trainingBatch, type TrainingSample, type Vocabularies } from "./batches.ts";
import { shortestText } from "./split.ts";
import type { TrainAlignerOptions } from "./trainAligner.ts";

export interface Batches {
  readonly heldOut: readonly Tensors[];
  batch(step: number): Tensors;
}

export interface Material {
  /** Width of a feature. */
  readonly width: number;
  /** SHA-256 of all that decides a sample: models, pictures, texts. */
  readonly identity: string;
  /** What training minimises on a batch, as a graph over its tensors. */
  loss(aligner: WeightScope, config: AlignerConfig, t5: WeightScope, t5Config: T5Config): Value;
  /** Makes or reads the samples. */
  prepare(experiment: Experiment, samples: { readonly train: number; readonly heldOut: number }): Promise<Batches>;
}

/** The graph of what each objective minimises. */
export const objectives: Readonly<Record<Objective, (...parts: Parameters<typeof thinkDiffLvlm>) => { readonly loss: Value }>> = { decoder: thinkDiffLvlm, "encoder-states": encoderStatesLoss };

/** ThinkDiff-LVLM's: features of tokens that the LVLM writes or reads, and what it wrote. */
export function lvlmMaterial({ experiment: { objective = "decoder" }, folders, images, executor, cache, signal, recipe = featureRecipe }: TrainAlignerOptions, t5: OpenedT5): Material {
  const lvlm = openLvlm(folders.lvlm!), source = { lvlm, images, recipe }, how = { executor, cache, ...(signal ? { signal } : {}) };
  const words: Vocabularies = { lvlm: lvlm.tokenizer, t5: t5.tokenizer, width: lvlm.config.hidden_size };

  async function samplesOf(experiment: Experiment, set: FeatureSet, count: number): Promise<TrainingSample[]> {
    const generated = await trainingFeatures(source, "generated", set, count, how);
    const prompts = experiment.features === "prompt" ? await trainingFeatures(source, "prompt", set, count, how) : undefined;
    const usable = generated.map((row, i) => ({ generated: row, ...(prompts ? { prompt: prompts[i]! } : {}) })).filter(({ generated: row }) => row.ids.length >= shortestText);
    if (usable.length === 0) throw new UserError(`${lvlm.folder}: none of its ${count} answers to ${set} pictures has ${shortestText} tokens or more; the model does not caption`);
    return usable;
  }

  return {
    width: lvlm.config.hidden_size,
    identity: featuresIdentity(source),
    loss: (aligner, config, weights, t5Config) => objectives[objective](aligner, config, weights, t5Config, thinkDiffLvlmInputs(config)).loss,
    async prepare(experiment, counts) {
      const samples = await samplesOf(experiment, "train", counts.train), heldOut = heldOutBatches(experiment, await samplesOf(experiment, "held-out", counts.heldOut), words);
      return { heldOut, batch: (step) => trainingBatch(experiment, samples, words, step) };
    },
  };
}
