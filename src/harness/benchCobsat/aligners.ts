/** The aligners of the arms: trained, found or left as they begin. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Experiment } from "../../ablations/experiment.ts";
import type { Executor } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { align } from "../../models/aligner/aligner.ts";
import { initialAligner } from "../../models/aligner/initialise.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { readCheckpointTensorAsFloat32 } from "../../weights/checkpoint.ts";
import { alignProgram } from "../aligner/alignProgram.ts";
import { carriedTraining, carryAligner } from "../aligner/carried.ts";
import { alignerConfig, makingsFrom } from "../aligner/makings.ts";
import { alignerIdentity, decidingPart, readAlignerRecord, type AlignerMakings } from "../aligner/record.ts";
import { finishedAligner, trainAligner, type TrainedAligner } from "../aligner/trainAligner.ts";
import { featureRecipe, featuresIdentity } from "../features/recipe.ts";
import { copiesOfProfile, readyCopy } from "../copies.ts";
import type { OpenedT5 } from "../models.ts";
import type { Profile } from "../profile.ts";
import { startProgress } from "../progress.ts";
import type { Run } from "../runs/run.ts";
import type { TrainingStep } from "../runs/losses.ts";
import type { Frozen } from "./frozen.ts";
import { alignerInRun } from "./needs.ts";

/** A trained aligner: the arm it was trained for, its folder, the seed it was trained with, and which of the LVLM's features it reads. */
export interface AlignerSource {
  readonly arm: string;
  readonly folder: string;
  readonly seed: number;
  readonly reads: Pick<Experiment, "features" | "layer">;
}

/** Features [n, d] of the LVLM as [n, D] in T5's space, each sample on its own. */
export interface Aligned {
  align(features: readonly Tensor[]): Promise<Tensor[]>;
  release(): Promise<void>;
}

/** What an aligner is trained on: the features' identity, and how many. */
export type TrainingMaterial = Pick<AlignerMakings, "features" | "samples">;

/** What an aligner's training material is: the run folder's word where it has one, else the LVLM's captions of the profile's pictures. */
export function trainingMaterial(run: string, { aligner: { images, samples: { train, heldOut }, recipe = featureRecipe } }: Profile, frozen: Pick<Frozen, "lvlm">): TrainingMaterial {
  const carried = carriedTraining(run);
  return carried ? { features: carried.features, samples: carried.samples } : { features: featuresIdentity({ lvlm: frozen.lvlm, images, recipe }), samples: { train, heldOut } };
}

/** Names the baseline's aligner before it exists: the weights of the shipped one where that is the one asked for, else all that decides the training. */
export function alignerName({ experiment, shipped: place }: Pick<Profile["aligner"], "experiment" | "shipped">, { features, samples }: TrainingMaterial, t5: OpenedT5, retrain: boolean): string {
  const identity = alignerIdentity(makingsFrom({ experiment, samples }, features, t5)), shipped = retrain ? undefined : readAlignerRecord(place);
  return shipped?.identity === identity ? `shipped, weights ${shipped.weights}` : `trained here, identity ${identity}`;
}

/** Whether a finished aligner of an experiment is at hand, as far as that can be told without opening T5. */
export function likelyTrained({ aligner: { shipped }, cache }: Profile, experiment: Experiment, features: string, { train, heldOut }: { readonly train: number; readonly heldOut: number }): boolean {
  const own = join(cache, "aligners"), places = [shipped, ...(existsSync(own) ? readdirSync(own).map((name) => join(own, name)) : [])];
  return places.map((place) => readAlignerRecord(place)?.made).some((made) => made?.features === features && isDeepStrictEqual([made.experiment, made.samples], [decidingPart(experiment), { train, heldOut }]));
}

const asStep = (line: TrainedAligner["losses"][number]): TrainingStep => ({
  ...line, loss: line.loss ?? NaN, gradNorm: line.gradNorm ?? NaN, ...(line.heldOutLoss === undefined ? {} : { heldOutLoss: line.heldOutLoss ?? NaN }),
} as TrainingStep);

/** Trains an experiment's aligner or finds it, keeps it in the run folder, and puts its training on the run's record once, under the experiment's name. */
export async function experimentAligner(executor: Executor, profile: Profile, run: Pick<Run, "folder" | "record" | "appendLosses" | "recordTraining" | "recordCopy">, experiment: Experiment, { retrain, signal, like = profile.aligner }: { readonly retrain: boolean; readonly signal: AbortSignal | undefined; readonly like?: Pick<Profile["aligner"], "images" | "samples" | "shipped" | "recipe" | "atOnce"> }): Promise<AlignerSource> {
  const { images, samples, shipped, recipe, atOnce } = like, { name: arm, seed } = experiment, known = run.record.trainings.some((training) => training.arm === arm && training.seed === seed);
  const carried = alignerInRun(run.folder, experiment, retrain), found = carried === undefined ? undefined : finishedAligner(carried, arm), source = { arm, seed, reads: experiment };
  if (found && known) return { ...source, folder: found.folder };
  const folders = experiment.teacher === "fine-tuned" && !found ? { ...profile.models, t5: await readyCopy(copiesOfProfile(profile).t5(), executor, run, signal) } : profile.models;
  const progress = startProgress(`training ${arm}, seed ${seed}`, experiment.steps);
  const trained = found ?? await trainAligner({
    experiment, images, samples: carriedTraining(run.folder)?.samples ?? samples, ...(recipe ? { recipe } : {}), ...(atOnce === undefined ? {} : { atOnce }), executor, folders, cache: profile.cache, carried: run.folder,
    ...(retrain ? {} : { shipped }), retrain: retrain && !known, ...(signal ? { signal } : {}),
    onStep: ({ step }) => progress.at(step + 1),
  });
  if (!trained.reused) progress.finish();
  const folder = carryAligner(run.folder, experiment, trained.folder), { parameters, divergedAt, weights } = trained.record;
  if (!known) {
    run.appendLosses(trained.losses.map(asStep));
    const { objective = "decoder" } = experiment;
    run.recordTraining({ arm, seed, parameters, ...(objective === "decoder" ? {} : { objective }), diverged: divergedAt !== null, ...(divergedAt === null ? {} : { divergedAt }), weights });
  }
  return { ...source, folder };
}

/** The trained baseline of a folder. */
export async function trainedAligned(executor: Executor, folder: string): Promise<Aligned> {
  const program = await alignProgram(executor, folder);
  return { align: (features) => program.align(features.map(({ data }) => data as Float32Array)), release: () => program.release() };
}

/** The control: fresh linear layers and T5's norm, as training begins. */
export async function untrainedAligned(executor: Executor, t5: OpenedT5, inputWidth: number, experiment: Experiment): Promise<Aligned> {
  const D = t5.config.d_model, config = alignerConfig(experiment, inputWidth, t5.config);
  const weights = initialAligner(config, experiment.seed, readCheckpointTensorAsFloat32(t5.checkpoint, "encoder.final_layer_norm.weight"));
  const program = await executor.compile({ aligned: align(new WeightScope(), config, input("features", ["N", config.inputWidth])) }, (name) => weights.get(name));
  return {
    async align(features) {
      const rows: Tensor[] = [];
      for (const own of features) rows.push(own.shape[0] === 0 ? floats([0, D], []) : (await program.run({ features: own })).aligned);
      return rows;
    },
    release: () => program.release(),
  };
}

