/** How long an ablation run will take, from operation counts and what this machine does a second. */
import { basename, join } from "node:path";
import { gradients } from "../../autodiff/gradient.ts";
import { downsampling } from "../../models/autoencoder/config.ts";
import { fluxTransformer } from "../../models/flux/transformer.ts";
import { decode, encode } from "../../models/t5/t5.ts";
import { diffusionLoss } from "../../models/thinkdiff/diffusionLoss.ts";
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
import { featuresMade } from "../features/features.ts";
import { featureKind, type FeatureKind } from "../features/makers.ts";
import { featureRecipe } from "../features/recipe.ts";
import type { ModelCopy } from "../../micro/pretraining/copies.ts";
import { openT5 } from "../models.ts";
import type { Profile } from "../profile.ts";

/** Work that is left. */
export interface Workload {
  readonly trainings: readonly Experiment[];
  /** Copies of base models that are not made yet. */
  readonly copies: readonly ModelCopy[];
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

const latentSide = ({ models, imageSize }: Profile): number => imageSize / downsampling(openAutoencoder(models.vae, imageSize).config);

function trainingFlops(profile: Profile, { lvlm, t5 }: Frozen, experiment: Experiment): number {
  const { generation: { maxNewTokens } } = profile;
  const { features, split, batch, steps } = experiment, aligner = new WeightScope(), config = alignerConfig(experiment, lvlm.config.hidden_size, t5.config);
  const { objective = "decoder" } = experiment, side = latentSide(profile);
  const { loss } = objective === "diffusion" ? diffusionLoss(aligner, config, new WeightScope(), openFlux(profile.models.flux).config, side) : objectives[objective](aligner, config, new WeightScope(), t5.config, thinkDiffLvlmInputs(config)), target = Math.round(maxNewTokens * textShare * (split === "none" ? 1 : 0.5));
  const given = features === "prompt" ? promptTokens / 2 : target;
  return steps * graphFlops([loss, ...gradients(loss, [...aligner.parameters.values()])], new Map([["B", batch], ["S", given], ["L", target]]));
}

/** One pass of FLUX for pictures drawn together. */
function pictureFlops(profile: Profile, pictures = 1): number {
  const { models, generation: { maxNewTokens } } = profile, { config } = openFlux(models.flux), side = latentSide(profile);
  const { velocity } = fluxTransformer(new WeightScope(), config, {
    hiddenStates: input("x", ["B", "P", config.inChannels]), encoderHiddenStates: input("text", ["B", "T", config.textWidth]), pooled: input("pooled", ["B", config.pooledWidth]),
    timestep: input("t", ["B"]), guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined, imgIds: input("ids", ["P", 3]),
  });
  return graphFlops([velocity], new Map([["B", pictures], ["T", maxNewTokens], ["P", (side / 2) ** 2]]));
}

/** A copy's training: forward, and twice as much backward. */
function copyFlops(profile: Profile, { t5 }: Frozen, { folder, steps, batch }: ModelCopy): number {
  if (basename(folder) === "flux") return 3 * steps * pictureFlops(profile, batch);
  const ids = input("ids", ["B", "T"], "int32"), mask = input("mask", ["B", "T"], "int32"), weights = new WeightScope(), length = Math.round(profile.generation.maxNewTokens * textShare);
  return 3 * steps * graphFlops([decode(weights, t5.config, encode(weights, t5.config, ids, mask).last, mask, input("targets", ["B", "L"], "int32")).logits], new Map([["B", batch], ["T", length], ["L", length]]));
}

/** The experiments of which no finished aligner lies in the profile's cache or comes with it. */
export function notYetTrained({ aligner, cache, copies }: Profile, { lvlm, t5: own }: Frozen, experiments: readonly Experiment[]): Experiment[] {
  const { shipped } = aligner;
  return experiments.filter((experiment) => {
    const copy = experiment.teacher === "fine-tuned" ? copies?.t5() : undefined;
    // An aligner of material of its own is looked for when its material is opened.
    if ((copy && !copy.made()) || experiment.objective === "diffusion") return true;
    const t5 = copy ? openT5(copy.folder) : own, identity = alignerIdentity(makingsOf({ ...aligner, experiment }, lvlm, t5));
    return ![shipped, join(cache, "aligners", identity)].some((folder) => readAlignerRecord(folder)?.identity === identity);
  });
}

/** Seconds of each part of the work at a rate of operations a second. */
export function estimate(profile: Profile, frozen: Frozen, { trainings, copies, pictures, samplerSteps, answers }: Workload, rate: number): Readonly<Record<"features" | "copies" | "training" | "answers" | "pictures", number>> {
  const { lvlm } = frozen, { images, samples, recipe = featureRecipe } = profile.aligner, { maxNewTokens } = profile.generation, source = { lvlm, images, recipe };
  const perToken = 2 * [...lvlm.checkpoint.tensors.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0), seconds = (flops: number, kind: keyof typeof share): number => flops / (share[kind] * rate);
  const kinds = new Set<FeatureKind>(trainings.length === 0 ? [] : ["generated", ...trainings.map((experiment) => featureKind(experiment))]);
  const missing = [...kinds].filter((kind) => !featuresMade(source, kind, "train", samples.train, profile));
  return {
    features: seconds(missing.length * (samples.train + samples.heldOut) * perToken * (promptTokens / 2 + maxNewTokens), "reading"),
    copies: seconds(copies.reduce((sum, copy) => sum + copyFlops(profile, frozen, copy), 0), "training"),
    training: seconds(trainings.reduce((sum, experiment) => sum + trainingFlops(profile, frozen, experiment), 0), "training"),
    answers: seconds(answers * perToken * (promptTokens + maxNewTokens), "reading"),
    pictures: pictures === 0 ? 0 : seconds(pictures * samplerSteps * pictureFlops(profile), "drawing"),
  };
}

/** The estimate in a line. */
export function estimateText({ trainings, copies, pictures, answers }: Workload, parts: ReturnType<typeof estimate>): string {
  const total = Object.values(parts).reduce((a, b) => a + b, 0);
  const words = [
    parts.features > 0 ? `training features ${duration(parts.features)}` : undefined,
    copies.length > 0 ? `${copies.length} copies of base models ${duration(parts.copies)} (and what drawing their training pictures takes where these are not in the cache)` : undefined,
    `${trainings.length} trainings ${duration(parts.training)}`, `${answers} answers of the LVLM ${duration(parts.answers)}`, `${pictures} pictures ${duration(parts.pictures)}`,
  ];
  return `about ${duration(total)} if nothing else runs here: ${words.filter((word) => word !== undefined).join(", ")}`;
}
