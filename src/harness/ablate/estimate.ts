/** How long an ablation run will take, from operation counts and what this machine does a second. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gradients } from "../../autodiff/gradient.ts";
import { downsampling } from "../../models/autoencoder/config.ts";
import { fluxTransformer } from "../../models/flux/transformer.ts";
import { thinkDiffLvlmInputs } from "../../models/thinkdiff/thinkdiffLvlm.ts";
import { WeightScope } from "../../models/weights.ts";
import { graphFlops } from "../../ops/flops.ts";
import { input } from "../../ops/index.ts";
import type { Experiment } from "../../ablations/experiment.ts";
import { alignerConfig, makingsOf } from "../aligner/makings.ts";
import { objectives } from "../aligner/material.ts";
import { alignerIdentity, readAlignerRecord } from "../aligner/record.ts";
import { openAutoencoder, openFlux } from "../baseModels.ts";
import type { Frozen } from "../benchCobsat/aligners.ts";
import { duration } from "../duration.ts";
import { featureRecipe, featuresIdentity } from "../features/recipe.ts";
import type { Profile } from "../profile.ts";

/** Work that is left. */
export interface Workload {
  readonly trainings: readonly Experiment[];
  readonly pictures: number;
  readonly samplerSteps: number;
  /** Prompts that the LVLM still has to answer. */
  readonly answers: number;
}

/** Each kind of work runs at about this share of the rate of one large matrix product, all that is not arithmetic included: measured in micro on two cores. */
const share = { reading: 0.5, training: 0.4, drawing: 0.31 };

/** About as many tokens as a prompt with its pictures has in micro, and in the paper at 2 shots. */
const promptTokens = 256;

/** A text is about this share of the longest one that the LVLM may write; a split halves it on average. */
const textShare = 0.7;

function trainingFlops({ generation: { maxNewTokens } }: Profile, { lvlm, t5 }: Frozen, experiment: Experiment): number {
  const { features, split, batch, steps } = experiment, aligner = new WeightScope(), config = alignerConfig(experiment, lvlm.config.hidden_size, t5.config);
  const { loss } = objectives[experiment.objective ?? "decoder"](aligner, config, new WeightScope(), t5.config, thinkDiffLvlmInputs(config)), target = Math.round(maxNewTokens * textShare * (split === "none" ? 1 : 0.5));
  const given = features === "prompt" ? promptTokens / 2 : target;
  return steps * graphFlops([loss, ...gradients(loss, [...aligner.parameters.values()])], new Map([["B", batch], ["S", given], ["L", target]]));
}

function pictureFlops({ models, imageSize, generation: { maxNewTokens } }: Profile): number {
  const { config } = openFlux(models.flux), side = imageSize / downsampling(openAutoencoder(models.vae, imageSize).config);
  const { velocity } = fluxTransformer(new WeightScope(), config, {
    hiddenStates: input("x", ["B", "P", config.inChannels]), encoderHiddenStates: input("text", ["B", "T", config.textWidth]), pooled: input("pooled", ["B", config.pooledWidth]),
    timestep: input("t", ["B"]), guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined, imgIds: input("ids", ["P", 3]),
  });
  return graphFlops([velocity], new Map([["B", 1], ["T", maxNewTokens], ["P", (side / 2) ** 2]]));
}

/** The experiments of which no finished aligner lies in the profile's cache or comes with it. */
export function notYetTrained({ aligner, cache }: Profile, { lvlm, t5 }: Frozen, experiments: readonly Experiment[]): Experiment[] {
  const { shipped } = aligner;
  return experiments.filter((experiment) => {
    const identity = alignerIdentity(makingsOf({ ...aligner, experiment }, lvlm, t5));
    return ![shipped, join(cache, "aligners", identity)].some((folder) => readAlignerRecord(folder)?.identity === identity);
  });
}

/** Seconds of each part of the work at a rate of operations a second. */
export function estimate(profile: Profile, frozen: Frozen, { trainings, pictures, samplerSteps, answers }: Workload, rate: number): Readonly<Record<"features" | "training" | "answers" | "pictures", number>> {
  const { lvlm } = frozen, { images, samples } = profile.aligner, { maxNewTokens } = profile.generation;
  const perToken = 2 * [...lvlm.checkpoint.tensors.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0), seconds = (flops: number, kind: keyof typeof share): number => flops / (share[kind] * rate);
  const made = existsSync(join(profile.cache, "features", featuresIdentity({ lvlm, images, recipe: featureRecipe })));
  return {
    features: trainings.length === 0 || made ? 0 : seconds((samples.train + samples.heldOut) * perToken * (promptTokens / 2 + maxNewTokens), "reading"),
    training: seconds(trainings.reduce((sum, experiment) => sum + trainingFlops(profile, frozen, experiment), 0), "training"),
    answers: seconds(answers * perToken * (promptTokens + maxNewTokens), "reading"),
    pictures: pictures === 0 ? 0 : seconds(pictures * samplerSteps * pictureFlops(profile), "drawing"),
  };
}

/** The estimate in a line. */
export function estimateText({ trainings, pictures, answers }: Workload, parts: ReturnType<typeof estimate>): string {
  const total = Object.values(parts).reduce((a, b) => a + b, 0);
  const words = [
    parts.features > 0 ? `training features ${duration(parts.features)}` : undefined,
    `${trainings.length} trainings ${duration(parts.training)}`, `${answers} answers of the LVLM ${duration(parts.answers)}`, `${pictures} pictures ${duration(parts.pictures)}`,
  ];
  return `about ${duration(total)} if nothing else runs here: ${words.filter((word) => word !== undefined).join(", ")}`;
}
