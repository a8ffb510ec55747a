/** The aligners of the arms: trained, found or left as they begin. */
import type { Experiment } from "../../ablations/experiment.ts";
import type { Executor } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { align } from "../../models/aligner/aligner.ts";
import { initialAligner } from "../../models/aligner/initialise.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { readCheckpointTensorAsFloat32 } from "../../weights/checkpoint.ts";
import { alignProgram } from "../aligner/alignProgram.ts";
import { makingsOf } from "../aligner/makings.ts";
import { alignerIdentity, readAlignerRecord } from "../aligner/record.ts";
import { trainAligner, type TrainedAligner } from "../aligner/trainAligner.ts";
import type { OpenedLvlm, OpenedT5 } from "../models.ts";
import type { Profile } from "../profile.ts";
import { startProgress } from "../progress.ts";
import type { Run } from "../runs/run.ts";
import type { TrainingStep } from "../runs/losses.ts";

/** The two frozen models an aligner stands between. */
export interface Frozen {
  readonly lvlm: OpenedLvlm;
  readonly t5: OpenedT5;
  /** The T5 whose encoder FLUX reads: the same one in micro, a relative of it in the paper. */
  readonly textT5: OpenedT5;
}

/** A trained aligner: its folder, the seed it was trained with, and which of the LVLM's features it reads. */
export interface AlignerSource {
  readonly folder: string;
  readonly seed: number;
  readonly features: Experiment["features"];
}

/** Features [n, d] of the LVLM as [n, D] in T5's space, each sample on its own. */
export interface Aligned {
  align(features: readonly Tensor[]): Promise<Tensor[]>;
  release(): Promise<void>;
}

/** Names the baseline's aligner before it exists: the weights of the shipped one where that is the one asked for, else all that decides the training. */
export function alignerName({ aligner }: Profile, { lvlm, t5 }: Frozen, retrain: boolean): string {
  const identity = alignerIdentity(makingsOf(aligner, lvlm, t5));
  const shipped = retrain ? undefined : readAlignerRecord(aligner.shipped);
  return shipped?.identity === identity ? `shipped, weights ${shipped.weights}` : `trained here, identity ${identity}`;
}

const asStep = (line: TrainedAligner["losses"][number]): TrainingStep => ({
  ...line, loss: line.loss ?? NaN, gradNorm: line.gradNorm ?? NaN, ...(line.heldOutLoss === undefined ? {} : { heldOutLoss: line.heldOutLoss ?? NaN }),
} as TrainingStep);

/** Trains an experiment's aligner or finds it, and puts its training on the run's record once, under the experiment's name. */
export async function experimentAligner(executor: Executor, profile: Profile, run: Run, experiment: Experiment, { retrain, signal, like = profile.aligner }: { readonly retrain: boolean; readonly signal: AbortSignal | undefined; readonly like?: Pick<Profile["aligner"], "images" | "samples" | "shipped" | "recipe"> }): Promise<AlignerSource> {
  const { images, samples, shipped, recipe } = like, known = run.record.trainings.some(({ arm, seed }) => arm === experiment.name && seed === experiment.seed);
  const progress = startProgress(`training ${experiment.name}, seed ${experiment.seed}`, experiment.steps);
  const found = await trainAligner({
    experiment, images, samples, ...(recipe ? { recipe } : {}), executor, folders: profile.models, cache: profile.cache,
    ...(retrain ? {} : { shipped }), retrain: retrain && !known, ...(signal ? { signal } : {}),
    onStep: ({ step }) => progress.at(step + 1),
  });
  if (!found.reused) progress.finish();
  if (!known) {
    run.appendLosses(found.losses.map(asStep));
    run.recordTraining({ arm: experiment.name, seed: experiment.seed, parameters: found.record.parameters, diverged: found.record.divergedAt !== null, ...(found.record.divergedAt === null ? {} : { divergedAt: found.record.divergedAt }) });
  }
  return { folder: found.folder, seed: experiment.seed, features: experiment.features };
}

/** The trained baseline of a folder. */
export async function trainedAligned(executor: Executor, folder: string): Promise<Aligned> {
  const program = await alignProgram(executor, folder);
  return { align: (features) => program.align(features.map(({ data }) => data as Float32Array)), release: () => program.release() };
}

/** The control: fresh linear layers and T5's norm, as training begins. */
export async function untrainedAligned(executor: Executor, t5: OpenedT5, inputWidth: number, seed: number): Promise<Aligned> {
  const D = t5.config.d_model, config = { inputWidth, width: D, eps: t5.config.layer_norm_epsilon, norm: true };
  const weights = initialAligner(config, seed, readCheckpointTensorAsFloat32(t5.checkpoint, "encoder.final_layer_norm.weight"));
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

