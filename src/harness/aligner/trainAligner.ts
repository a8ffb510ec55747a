/** Trains one experiment's aligner, or finds it where one of the same identity is finished. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rescaledT5 } from "../../ablations/rescaledNorm.ts";
import { sha256File } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import type { Executor } from "../../graph/executor.ts";
import { openT5, type OpenedT5, type ProfileFolders } from "../models.ts";
import { giveLock, takeLock } from "../runs/lock.ts";
import type { LossLine, TrainingStep } from "../runs/losses.ts";
import { diffusionMaterial } from "./diffusionMaterial.ts";
import { imageMaterial } from "./imageMaterial.ts";
import { makingsFrom, type AlignerRequest } from "./makings.ts";
import { lvlmMaterial } from "./material.ts";
import { alignerFile, alignerIdentity, checkpointFile, lossFile, readAlignerLosses, readAlignerRecord, recordFile, type AlignerRecord } from "./record.ts";
import { train } from "./training.ts";

export interface TrainAlignerOptions extends AlignerRequest {
  readonly folders: Pick<ProfileFolders, "t5"> & Partial<ProfileFolders>;
  readonly executor: Executor;
  /** Features lie in <cache>/features, aligners in <cache>/aligners. */
  readonly cache: string;
  /** Folder of an aligner that comes with the project: taken where its identity is the one asked for. */
  readonly shipped?: string;
  /** A run folder that may carry what training needs of the LVLM, so that the LVLM itself is not. */
  readonly carried?: string;
  /** Samples that go through the graph at once, the rest of a batch after them; the result is that of whole batches but for rounding. Whole batches where left out. */
  readonly atOnce?: number;
  /** Trains even where a finished one exists. */
  readonly retrain?: boolean;
  /** Called after each step taken now. */
  readonly onStep?: (step: TrainingStep) => void;
  /** Seconds between checkpoints; 20 by default. */
  readonly every?: number;
  /** Once aborted, what is finished is written (a checkpoint, whole files of features), and the abort's reason is thrown. */
  readonly signal?: AbortSignal;
}

export interface TrainedAligner {
  /** Holds aligner.safetensors, aligner.json and losses.jsonl. */
  readonly folder: string;
  readonly record: AlignerRecord;
  /** Every step under the name of the experiment asked for, those of earlier sittings included. */
  readonly losses: readonly LossLine[];
  /** Whether it was found rather than trained. */
  readonly reused: boolean;
}

/** T5 as an experiment has it. */
function t5Of({ experiment: { normScale }, folders }: TrainAlignerOptions): OpenedT5 {
  const t5 = openT5(folders.t5);
  return normScale === undefined ? t5 : { ...t5, weights: rescaledT5(t5.checkpoint, normScale) };
}

/** The finished aligner in a folder, of an identity where one is given; a UserError where its weights are not those of its record. */
export function finishedAligner(folder: string, arm: string, identity?: string): TrainedAligner | undefined {
  const record = readAlignerRecord(folder);
  if (record === undefined || record.identity !== (identity ?? record.identity)) return undefined;
  const path = alignerFile(folder);
  if (!existsSync(path) || sha256File(path) !== record.weights) throw new UserError(`${path}: not the weights that ${recordFile(folder)} records; remove the folder to have the aligner trained again`);
  return { folder, record, losses: readAlignerLosses(folder).map((line) => ({ ...line, arm })), reused: true };
}

/**
 * Trains an experiment's aligner, going on from a checkpoint of the same identity; returns a finished one of the same identity where there is one.
 * A loss that is not finite ends the training and is recorded; it is no error. A UserError where another process trains the same aligner.
 */
export async function trainAligner(options: TrainAlignerOptions): Promise<TrainedAligner> {
  const { features, objective } = options.experiment, t5 = t5Of(options), material = (features === "image" ? imageMaterial : objective === "diffusion" ? diffusionMaterial : lvlmMaterial)(options, t5), made = makingsFrom(options, material.identity, t5), identity = alignerIdentity(made);
  const folder = join(options.cache, "aligners", identity), places = [...(options.shipped === undefined ? [] : [options.shipped]), folder];
  const found = options.retrain ? undefined : places.map((place) => finishedAligner(place, options.experiment.name, identity)).find((aligner) => aligner !== undefined);
  if (found) return found;
  mkdirSync(folder, { recursive: true });
  const lock = join(folder, "lock"), holder = takeLock(lock);
  if (holder !== undefined) throw new UserError(`${folder}: this aligner is being trained by ${holder}; wait for it`);
  try {
    // A finished training is begun anew; one that was interrupted goes on.
    if (existsSync(recordFile(folder))) for (const path of [recordFile(folder), lossFile(folder), checkpointFile(folder)]) rmSync(path, { force: true });
    await train({ options, material, t5, made, folder });
    return { ...finishedAligner(folder, options.experiment.name, identity)!, reused: false };
  } finally {
    giveLock(lock);
  }
}
