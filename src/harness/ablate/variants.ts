/** The trainings of an ablation run: the baseline and its variants, each with every training seed. */
import { isDeepStrictEqual } from "node:util";
import { baseline as releasedBaseline } from "../../ablations/baseline.ts";
import { bridgeOf } from "../../ablations/flux-noise.ts";
import type { Experiment } from "../../ablations/experiment.ts";
import type { ModelCopy } from "../../micro/pretraining/copies.ts";
import { baseline, untrained, type DrawnArm } from "../benchCobsat/arms.ts";
import { seedTrainings, trainedArm, type ArmTraining } from "../benchCobsat/trainings.ts";
import type { PlannedCell } from "../runs/plan.ts";

/** An ablation as a change to a profile's own baseline: what differs between the ablation and the released baseline, and nothing else. */
export function variantOf(own: Experiment, ablation: Experiment): Experiment {
  const changed = Object.entries(ablation).filter(([name, value]) => !isDeepStrictEqual(value, (releasedBaseline as unknown as Record<string, unknown>)[name]));
  return { ...own, ...Object.fromEntries(changed) };
}

/** The baseline and the ablations, seed by seed from the baseline's own, in the order of the report; a UserError of exit code 2 where that is no number of seeds. */
export const armTrainings = (own: Experiment, ablations: readonly Experiment[], seeds: number): ArmTraining[] =>
  // What another FLUX draws is the baseline's aligner, which is trained already.
  [own, ...ablations.map((ablation) => variantOf(own, ablation))].flatMap((experiment) => seedTrainings(experiment, seeds, experiment.fluxNoise === undefined ? experiment.name : own.name));

/** Controls of every ablation run: an aligner that never trained, and the baseline's aligned features of another sample. */
export const controls: readonly DrawnArm[] = [
  { name: untrained, condition: { kind: "aligned", aligner: untrained, whose: "own" } },
  { name: "shuffled-features", condition: { kind: "aligned", aligner: baseline, whose: "another" } },
];

/** The arms that draw, trainings first; `fluxOf` gives the copy of FLUX of an amount of conditioning noise, with which the text bridge is drawn too. */
export const armsOf = (trainings: readonly ArmTraining[], fluxOf: (noise: number) => ModelCopy): DrawnArm[] => [
  ...trainings.flatMap((training): DrawnArm[] => {
    const { trainingSeed, experiment: { name, fluxNoise } } = training, flux = fluxNoise === undefined ? {} : { flux: fluxOf(fluxNoise) }, own = { ...trainedArm(training), ...flux };
    return fluxNoise === undefined || trainingSeed !== undefined ? [own] : [own, { name: bridgeOf(name), ...flux, condition: { kind: "lvlm-text" } }];
  }), ...controls,
];

/** The plan: for each arm what the pattern plans for any one arm. */
export const planOf = (arms: readonly DrawnArm[], pattern: readonly PlannedCell[]): PlannedCell[] => {
  const cells = pattern.filter(({ arm }) => arm === pattern[0]?.arm);
  return arms.flatMap(({ name, trainingSeed }) => cells.map((cell): PlannedCell => ({ ...cell, arm: name, ...(trainingSeed === undefined ? {} : { trainingSeed }) })));
};

/** The run folder of ablations by default. */
export const ablationFolder = (names: readonly string[], trainingSteps: number | undefined, of: string): string => `reports/ablate-${names.join("+")}${trainingSteps === undefined ? "" : `-${trainingSteps}-steps`}-${of}`;
