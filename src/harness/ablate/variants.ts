/** The trainings of an ablation run: the baseline and its variants, each with every training seed. */
import { isDeepStrictEqual } from "node:util";
import { baseline as releasedBaseline } from "../../ablations/baseline.ts";
import type { Experiment } from "../../ablations/experiment.ts";
import { baseline, untrained, type DrawnArm } from "../benchCobsat/arms.ts";
import type { PlannedCell } from "../runs/plan.ts";

/** One training of an arm. `key` names its aligner; the first seed's samples carry no seed in their ids, so that asking for more seeds extends a run. */
export interface ArmTraining {
  readonly key: string;
  readonly trainingSeed: number | undefined;
  readonly experiment: Experiment;
}

/** An ablation as a change to a profile's own baseline: what differs between the ablation and the released baseline, and nothing else. */
export function variantOf(own: Experiment, ablation: Experiment): Experiment {
  const changed = Object.entries(ablation).filter(([name, value]) => !isDeepStrictEqual(value, (releasedBaseline as unknown as Record<string, unknown>)[name]));
  return { ...own, ...Object.fromEntries(changed) };
}

/** The baseline and the ablations, seed by seed from the baseline's own, in the order of the report. */
export function armTrainings(own: Experiment, ablations: readonly Experiment[], seeds: number): ArmTraining[] {
  const experiments = [own, ...ablations.map((ablation) => variantOf(own, ablation))];
  return experiments.flatMap((experiment) => Array.from({ length: seeds }, (_, i): ArmTraining => {
    const seed = own.seed + i;
    return { key: i === 0 ? experiment.name : `${experiment.name}/${seed}`, trainingSeed: i === 0 ? undefined : seed, experiment: { ...experiment, seed } };
  }));
}

/** Controls of every ablation run: an aligner that never trained, and the baseline's aligned features of another sample. */
export const controls: readonly DrawnArm[] = [
  { name: untrained, condition: { kind: "aligned", aligner: untrained, whose: "own" } },
  { name: "shuffled-features", condition: { kind: "aligned", aligner: baseline, whose: "another" } },
];

/** The arms that draw, trainings first. */
export const armsOf = (trainings: readonly ArmTraining[]): DrawnArm[] => [
  ...trainings.map(({ key, trainingSeed, experiment }): DrawnArm => ({ name: experiment.name, ...(trainingSeed === undefined ? {} : { trainingSeed }), condition: { kind: "aligned", aligner: key, whose: "own" } })), ...controls,
];

/** The plan: for each arm what the pattern plans for any one arm. */
export const planOf = (arms: readonly DrawnArm[], pattern: readonly PlannedCell[]): PlannedCell[] => {
  const cells = pattern.filter(({ arm }) => arm === pattern[0]?.arm);
  return arms.flatMap(({ name, trainingSeed }) => cells.map((cell): PlannedCell => ({ ...cell, arm: name, ...(trainingSeed === undefined ? {} : { trainingSeed }) })));
};
