/** Which trainings of an ablation run are left, of either variant. */
import { join } from "node:path";
import type { Experiment } from "../../ablations/experiment.ts";
import { checkpointStep } from "../../training/checkpointStep.ts";
import { checkpointFile, readAlignerRecord } from "../aligner/record.ts";
import { alignerInRun } from "../benchCobsat/needs.ts";

/** A training, and the steps that are still to be taken. */
export interface OpenTraining {
  readonly experiment: Experiment;
  readonly steps: number;
}

/** Where an aligner may be found that need not be trained again. */
export interface AlignerPlaces {
  /** The run folder. */
  readonly run: string;
  readonly cache: string;
  /** The project's own. */
  readonly shipped: string;
}

/** The steps that a training still has to take: none where an aligner of its identity is finished, from the checkpoint on where there is one. */
function openSteps({ steps }: Experiment, { cache, shipped }: AlignerPlaces, identity: string): number {
  const own = join(cache, "aligners", identity), finished = [shipped, own].some((folder) => readAlignerRecord(folder)?.identity === identity);
  return finished ? 0 : steps - checkpointStep(checkpointFile(own));
}

/** The trainings that no finished aligner of the places answers. One without an identity, since its material is not made yet, has all its steps to take; so has each where `retrain`. */
export function openTrainings(experiments: readonly Experiment[], places: AlignerPlaces, retrain: boolean, identityOf: (experiment: Experiment) => string | undefined): OpenTraining[] {
  return experiments.flatMap((experiment): OpenTraining[] => {
    if (alignerInRun(places.run, experiment, retrain) !== undefined) return [];
    const identity = retrain ? undefined : identityOf(experiment), steps = identity === undefined ? experiment.steps : openSteps(experiment, places, identity);
    return steps === 0 ? [] : [{ experiment, steps }];
  });
}
