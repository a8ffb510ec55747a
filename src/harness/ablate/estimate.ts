/** How long an ablation run will take, from operation counts and what this machine does a second. */
import { basename } from "node:path";
import { gradients } from "../../autodiff/gradient.ts";
import { downsampling } from "../../models/autoencoder/config.ts";
import { fluxTransformer } from "../../models/flux/transformer.ts";
import { decode, encode } from "../../models/t5/t5.ts";
import { diffusionLoss } from "../../models/thinkdiff/diffusionLoss.ts";
import { thinkDiffLvlmInputs } from "../../models/thinkdiff/thinkdiffLvlm.ts";
import type { Value } from "../../graph/value.ts";
import { WeightScope } from "../../models/weights.ts";
import { graphFlops } from "../../ops/flops.ts";
import { input } from "../../ops/index.ts";
import type { Experiment } from "../../ablations/experiment.ts";
import { kindsOf } from "../aligner/carried.ts";
import { diffusionIdentity, latentsMissing } from "../aligner/diffusionMaterial.ts";
import { alignerConfig, makingsFrom } from "../aligner/makings.ts";
import { objectives } from "../aligner/material.ts";
import { alignerIdentity } from "../aligner/record.ts";
import { openAutoencoder, openFlux } from "../baseModels.ts";
import { trainingMaterial } from "../benchCobsat/aligners.ts";
import type { Frozen } from "../benchCobsat/frozen.ts";
import { duration } from "../duration.ts";
import { featuresMissing } from "../features/features.ts";
import type { FeatureKind } from "../features/makers.ts";
import { featureRecipe } from "../features/recipe.ts";
import type { ModelCopy } from "../../micro/pretraining/copies.ts";
import { openT5 } from "../models.ts";
import { textShare } from "../plan/sheets.ts";
import type { Profile } from "../profile.ts";
import { openTrainings, type OpenTraining } from "./openTrainings.ts";

/** Work that is left. */
export interface Workload {
  readonly trainings: readonly OpenTraining[];
  /** Copies of base models that are not made yet. */
  readonly copies: readonly ModelCopy[];
  readonly pictures: number;
  readonly samplerSteps: number;
  /** Prompts that the LVLM still has to answer. */
  readonly answers: number;
}

/** Each kind of work runs at about this share of the rate of one matrix product, all that is not arithmetic included: measured in micro on two cores. */
const share = { reading: 0.5, training: 0.4, drawing: 0.31 };

/** Seconds of work of a kind at a rate of operations a second. */
export const secondsOf = (flops: number, kind: keyof typeof share, rate: number): number => flops / (share[kind] * rate);

/** About as many tokens as a prompt with its pictures has in micro, and in the paper at 2 shots. */
const promptTokens = 256;

/** Seconds that a training picture takes to be drawn and encoded, in micro on two cores. */
export const perDrawing = 0.004;

/** Operations of an aligner's training step, forward and backward. */
const stepFlops = (loss: Value, aligner: WeightScope, sizes: Readonly<Record<string, number>>): number => graphFlops([loss, ...gradients(loss, [...aligner.parameters.values()])], new Map(Object.entries(sizes)));

const latentSide = ({ models, imageSize }: Profile): number => imageSize / downsampling(openAutoencoder(models.vae, imageSize).config);

function trainingFlops(profile: Profile, { lvlm, t5 }: Frozen, { experiment, steps }: OpenTraining): number {
  const { generation: { maxNewTokens } } = profile;
  const { features, split, batch } = experiment, aligner = new WeightScope(), config = alignerConfig(experiment, lvlm.config.hidden_size, t5.config);
  const { objective = "decoder" } = experiment, side = latentSide(profile);
  const { loss } = objective === "diffusion" ? diffusionLoss(aligner, config, new WeightScope(), openFlux(profile.models.flux).config, side) : objectives[objective].graph(aligner, config, new WeightScope(), t5.config, thinkDiffLvlmInputs(config)), target = Math.round(maxNewTokens * textShare * (split === "none" ? 1 : 0.5));
  const given = features === "prompt" ? promptTokens / 2 : target;
  return steps * stepFlops(loss, aligner, { B: batch, S: given, L: target });
}

/** One pass of FLUX for pictures drawn together. */
export function pictureFlops(profile: Profile, pictures = 1): number {
  const { models, generation: { maxNewTokens } } = profile, { config } = openFlux(models.flux), side = latentSide(profile);
  const { velocity } = fluxTransformer(new WeightScope(), config, {
    hiddenStates: input("x", ["B", "P", config.inChannels]), encoderHiddenStates: input("text", ["B", "T", config.textWidth]), pooled: input("pooled", ["B", config.pooledWidth]),
    timestep: input("t", ["B"]), guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined, imgIds: input("ids", ["P", 3]),
  });
  return graphFlops([velocity], new Map([["B", pictures], ["T", maxNewTokens], ["P", (side / 2) ** 2]]));
}

/** What is left of a copy's training: forward, and twice as much backward. */
function copyFlops(profile: Profile, { t5 }: Frozen, copy: ModelCopy): number {
  const { folder, batch } = copy, steps = copy.steps - copy.taken();
  if (basename(folder) === "flux") return 3 * steps * pictureFlops(profile, batch);
  const ids = input("ids", ["B", "T"], "int32"), mask = input("mask", ["B", "T"], "int32"), weights = new WeightScope(), length = Math.round(profile.generation.maxNewTokens * textShare);
  return 3 * steps * graphFlops([decode(weights, t5.config, encode(weights, t5.config, ids, mask).last, mask, input("targets", ["B", "L"], "int32")).logits], new Map([["B", batch], ["T", length], ["L", length]]));
}

/** What is left of the trainings of a run folder. */
export function trainingsLeft(profile: Profile, frozen: Frozen, run: string, experiments: readonly Experiment[], retrain: boolean): OpenTraining[] {
  const { aligner: { shipped }, cache, copies, models } = profile, { features, samples } = trainingMaterial(run, profile, frozen);
  return openTrainings(experiments, { run, cache, shipped }, retrain, (experiment) => {
    const copy = experiment.teacher === "fine-tuned" ? copies?.t5() : undefined, material = experiment.objective === "diffusion" ? diffusionIdentity(models, features) : features;
    return copy && !copy.made() ? undefined : alignerIdentity(makingsFrom({ experiment, samples }, material, copy ? openT5(copy.folder) : frozen.t5));
  });
}

/** Seconds of each part of the work at a rate of operations a second. */
export function estimate(profile: Profile, frozen: Frozen, { trainings, copies, pictures, samplerSteps, answers }: Workload, rate: number): Readonly<Record<"features" | "drawings" | "copies" | "training" | "answers" | "pictures", number>> {
  const { lvlm } = frozen, { images, samples, recipe = featureRecipe } = profile.aligner, { maxNewTokens } = profile.generation, source = { lvlm, images, recipe };
  const perToken = 2 * [...lvlm.checkpoint.tensors.values()].reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0), seconds = (flops: number, kind: keyof typeof share): number => secondsOf(flops, kind, rate);
  const kinds = new Set<FeatureKind>(trainings.flatMap(({ experiment }) => kindsOf(experiment)));
  /** Tokens that the LVLM reads or writes for a sample: a prompt's features need no answer, another layer's need it read once more. */
  const tokens = (kind: FeatureKind): number => promptTokens / 2 + (kind === "prompt" ? 0 : maxNewTokens);
  const features = [...kinds].reduce((sum, kind) => sum + tokens(kind) * (featuresMissing(source, kind, "train", samples.train, profile) + featuresMissing(source, kind, "held-out", samples.heldOut, profile)), 0);
  const drawings = copies.reduce((most, copy) => Math.max(most, copy.undrawn()), 0) + (trainings.some(({ experiment }) => experiment.objective === "diffusion") ? latentsMissing(profile.models, images, profile.cache, samples) : 0);
  return {
    features: seconds(features * perToken, "reading"),
    drawings: drawings * perDrawing,
    copies: seconds(copies.reduce((sum, copy) => sum + copyFlops(profile, frozen, copy), 0), "training"),
    training: seconds(trainings.reduce((sum, training) => sum + trainingFlops(profile, frozen, training), 0), "training"),
    answers: seconds(answers * perToken * (promptTokens + maxNewTokens), "reading"),
    pictures: pictures === 0 ? 0 : seconds(pictures * samplerSteps * pictureFlops(profile), "drawing"),
  };
}

/** A part of the work in words, and the seconds it takes. */
export type Part = readonly [words: string, seconds: number];

/** An estimate in a line: the sum, then its parts. */
export const inALine = (parts: readonly Part[]): string => `about ${duration(parts.reduce((sum, [, seconds]) => sum + seconds, 0))} if nothing else runs here: ${parts.map(([words, seconds]) => `${words} ${duration(seconds)}`).join(", ")}`;

/** The parts of an estimate, those that are nothing left out where they seldom are something. */
export function partsOf({ trainings, copies, pictures, answers }: Workload, seconds: ReturnType<typeof estimate>): Part[] {
  const some = (words: string, part: number): Part[] => (part > 0 ? [[words, part]] : []);
  return [
    ...some("training features", seconds.features), ...some("training pictures", seconds.drawings), ...some(`${copies.length} ${copies.length === 1 ? "copy" : "copies"} of base models`, seconds.copies),
    [`${trainings.length} trainings`, seconds.training], [`${answers} answers of the LVLM`, seconds.answers], [`${pictures} pictures`, seconds.pictures],
  ];
}
