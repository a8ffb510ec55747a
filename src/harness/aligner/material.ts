/** What an aligner is trained on: a frozen model's features of pictures, and the text that T5's decoder has to write from them. */
import type { Experiment, Objective } from "../../ablations/experiment.ts";
import { UserError } from "../../files/userError.ts";
import type { Tensors, Weights } from "../../graph/executor.ts";
import type { Value } from "../../graph/value.ts";
import type { AlignerConfig } from "../../models/aligner/aligner.ts";
import type { T5Config } from "../../models/t5/config.ts";
import { encoderStatesLoss } from "../../models/thinkdiff/encoderStates.ts";
import { thinkDiffLvlm, thinkDiffLvlmInputs } from "../../models/thinkdiff/thinkdiffLvlm.ts";
import type { WeightScope } from "../../models/weights.ts";
import { trainingFeatures } from "../features/features.ts";
import { featureKind, needsAnswers, type FeatureKind } from "../features/makers.ts";
import { featureRecipe, featuresIdentity, type FeatureSet } from "../features/recipe.ts";
import type { FeatureRow } from "../features/shard.ts";
import { openLvlm, type OpenedT5 } from "../models.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import { featuresIn, heldOutBatches, targetsIn, trainingBatch, type TrainingSample, type Vocabularies } from "./batches.ts";
import { carriedSide } from "./carried.ts";
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
  /** Weights of the frozen models in the loss; T5's where left out. */
  readonly frozen?: Weights;
  /** What training minimises on a batch, as a graph over its tensors. */
  loss(aligner: WeightScope, config: AlignerConfig, t5: WeightScope, t5Config: T5Config): Value;
  /** How many terms the loss of a batch is the mean of. */
  counted(batch: Tensors): number;
  /** Makes or reads the samples. */
  prepare(experiment: Experiment, samples: { readonly train: number; readonly heldOut: number }): Promise<Batches>;
}

/** The graph of what each objective that T5 serves minimises, and what it is the mean of. */
export const objectives: Readonly<Record<Exclude<Objective, "diffusion">, { readonly graph: (...parts: Parameters<typeof thinkDiffLvlm>) => { readonly loss: Value }; readonly counted: Material["counted"] }>> = {
  decoder: { graph: thinkDiffLvlm, counted: targetsIn },
  "encoder-states": { graph: encoderStatesLoss, counted: featuresIn },
};

/** What training knows of the LVLM: features of its captions, and how its tokens read. */
export interface LvlmSide {
  readonly identity: string;
  readonly width: number;
  readonly tokenizer: TextTokenizer;
  rows(kind: FeatureKind, set: FeatureSet, count: number): Promise<readonly FeatureRow[]>;
}

/** What finds the LVLM, its pictures and what it made of them. */
export type LvlmPlaces = Pick<TrainAlignerOptions, "folders" | "images" | "executor" | "cache" | "signal" | "recipe" | "carried">;

/** The LVLM itself. */
function openSide({ folders, images, executor, cache, signal, recipe = featureRecipe }: LvlmPlaces): LvlmSide {
  const lvlm = openLvlm(folders.lvlm!), source = { lvlm, images, recipe };
  return {
    identity: featuresIdentity(source), width: lvlm.config.hidden_size, tokenizer: lvlm.tokenizer,
    rows: (kind, set, count) => trainingFeatures(source, kind, set, count, { executor, cache, ...(signal ? { signal } : {}) }),
  };
}

/** The LVLM as the run folder carries it, or itself. */
export function lvlmSide(places: LvlmPlaces): LvlmSide {
  const open = (): LvlmSide => openSide(places);
  return (places.carried === undefined ? undefined : carriedSide(places.carried, open)) ?? open();
}

/** The samples of an experiment that the LVLM's answers give, and what is read of them. */
export interface LvlmSamples {
  readonly side: LvlmSide;
  readonly words: Vocabularies;
  of(experiment: Experiment, set: FeatureSet, count: number): Promise<TrainingSample[]>;
}

/** Finds the LVLM whose answers, and features of them, are kept or made when they are asked for. */
export function lvlmSamples(options: LvlmPlaces, t5: OpenedT5): LvlmSamples {
  const side = lvlmSide(options);
  return {
    side, words: { lvlm: side.tokenizer, t5: t5.tokenizer, width: side.width },
    async of(experiment, set, count) {
      const kind = featureKind(experiment), answers = await side.rows(needsAnswers(kind) ? kind : "generated", set, count), prompts = kind === "prompt" ? await side.rows("prompt", set, count) : undefined;
      const usable = answers.map((row, i) => ({ generated: row, picture: i, ...(prompts ? { prompt: prompts[i]! } : {}) })).filter(({ generated: row }) => row.ids.length >= shortestText);
      if (usable.length === 0) throw new UserError(`${options.folders.lvlm}: none of its ${count} answers to ${set} pictures has ${shortestText} tokens or more; the model does not caption`);
      return usable;
    },
  };
}

/** ThinkDiff-LVLM's: features of tokens that the LVLM writes or reads, and what it wrote. */
export function lvlmMaterial(options: TrainAlignerOptions, t5: OpenedT5): Material {
  const { objective = "decoder" } = options.experiment, { side: { width, identity }, words, of } = lvlmSamples(options, t5);
  if (objective === "diffusion") throw new Error("the diffusion loss has a material of its own");
  const { graph, counted } = objectives[objective];
  return {
    width, identity, counted,
    loss: (aligner, config, weights, t5Config) => graph(aligner, config, weights, t5Config, thinkDiffLvlmInputs(config)).loss,
    async prepare(experiment, counts) {
      const samples = await of(experiment, "train", counts.train), heldOut = heldOutBatches(experiment, await of(experiment, "held-out", counts.heldOut), words);
      return { heldOut, batch: (step) => trainingBatch(experiment, samples, words, step) };
    },
  };
}
