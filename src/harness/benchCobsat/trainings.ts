/** The trainings of arms, each with every training seed. The first seed's samples carry no seed in their ids, so that asking for more seeds extends a run. */
import type { Experiment } from "../../ablations/experiment.ts";
import { UserError } from "../../files/userError.ts";
import type { Profile } from "../profile.ts";
import type { PlannedCell } from "../runs/plan.ts";
import { alignersOf, baseline, type DrawnArm } from "./arms.ts";
import type { ArmExperiment } from "./needs.ts";

/** One training of an arm; the first seed's has no `trainingSeed`. */
export interface ArmTraining extends ArmExperiment {
  readonly trainingSeed: number | undefined;
}

/** An experiment with so many seeds from its own on, its aligners named by `key`; a UserError of exit code 2 where that is no number of seeds. */
export function seedTrainings(experiment: Experiment, seeds: number, key = experiment.name): ArmTraining[] {
  if (!Number.isInteger(seeds) || seeds < 1) throw new UserError(`--seeds: expected a whole number from 1, found ${seeds}`, 2);
  return Array.from({ length: seeds }, (_, i): ArmTraining => {
    const seed = experiment.seed + i;
    return { key: i === 0 ? key : `${key}/${seed}`, trainingSeed: i === 0 ? undefined : seed, experiment: { ...experiment, seed } };
  });
}

/** The arm that draws from a training's own aligner. */
export const trainedArm = ({ key, trainingSeed, experiment: { name } }: ArmTraining): DrawnArm =>
  ({ name, ...(trainingSeed === undefined ? {} : { trainingSeed }), condition: { kind: "aligned", aligner: key, whose: "own" } });

/** A plan of first seeds, each cell followed by those of its arm's further seeds. */
export const seededPlan = (plan: readonly PlannedCell[], trainings: readonly ArmTraining[]): PlannedCell[] =>
  plan.flatMap((cell) => [cell, ...trainings.flatMap(({ trainingSeed, experiment: { name } }) => (trainingSeed === undefined || name !== cell.arm ? [] : [{ ...cell, trainingSeed }]))]);

/** The trainings of the benchmark: ThinkDiff-LVLM's aligner with every seed. */
export const baselineTrainings = ({ aligner: { experiment } }: Profile, seeds = 1): ArmTraining[] => seedTrainings(experiment, seeds, baseline);

/** Those of the benchmark's trainings that arms need: ThinkDiff-LVLM itself all of them, others that read its aligned features the first. */
export const trainingsOf = (arms: ReadonlySet<string>, trainings: readonly ArmTraining[]): readonly ArmTraining[] =>
  (arms.has(baseline) ? trainings : alignersOf(arms).includes(baseline) ? trainings.slice(0, 1) : []);
