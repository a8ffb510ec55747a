/** Every experiment, in the order of help and reports: adding one is adding its file and its line here. */
import { UserError } from "../files/userError.ts";
import { baseline } from "./baseline.ts";
import { deepAligner } from "./deep-aligner.ts";
import { defaultInit } from "./default-init.ts";
import { diffusionLoss } from "./diffusion-loss.ts";
import { encoderStates } from "./encoder-states.ts";
import type { Experiment } from "./experiment.ts";
import { featureLayers } from "./feature-layer.ts";
import { fineTunedT5 } from "./fine-tuned-t5.ts";
import { fluxNoises } from "./flux-noise.ts";
import { inputTokensSplit } from "./input-tokens-split.ts";
import { inputTokens } from "./input-tokens.ts";
import { linearAligner } from "./linear-aligner.ts";
import { literalMasking } from "./literal-masking.ts";
import { noMasking } from "./no-masking.ts";
import { noRmsNorm } from "./no-rmsnorm.ts";
import { normScales } from "./norm-scale.ts";
import { rateSweep } from "./rate-sweep.ts";
import { untrainedAligner } from "./untrained-aligner.ts";
import { wideAligner } from "./wide-aligner.ts";

export { baseline, untrainedAligner };

/** Experiments beyond the paper that change one thing each. */
const single = [inputTokensSplit, literalMasking, linearAligner, deepAligner, wideAligner, encoderStates, diffusionLoss, fineTunedT5];

/** The ablations that `ablate` can be asked for, in order. */
export const ablations: readonly Experiment[] = [noRmsNorm, defaultInit, noMasking, inputTokens, ...single, ...featureLayers, ...fluxNoises, ...normScales, ...rateSweep];

const paper = [noRmsNorm, defaultInit, noMasking, inputTokens];

/** Names that stand for several ablations. */
export const ablationGroups: Readonly<Record<string, readonly Experiment[]>> = {
  rmsnorm: [noRmsNorm, defaultInit],
  all: paper,
  "norm-scale": [noRmsNorm, defaultInit, ...normScales],
  "rate-sweep": [...paper, ...rateSweep],
  "feature-layer": featureLayers,
  "flux-noise": fluxNoises,
  // The paper's four at the norm's own scale and at the baseline's rate are what its scales and rates are compared with.
  extras: [...paper, ...single, ...featureLayers, ...fluxNoises, ...normScales, ...rateSweep],
};

/** Every trainable experiment by name, controls included. */
export const experiments: ReadonlyMap<string, Experiment> = new Map([baseline, ...ablations, untrainedAligner].map((e) => [e.name, e]));

/** Ablations that change two things at once, each with one that changes one of them and is trained beside it: the losses of the encoder and of the diffusion model take the whole text, as no-masking does. */
const controls: ReadonlyMap<Experiment, Experiment> = new Map([[inputTokens, inputTokensSplit], [encoderStates, noMasking], [diffusionLoss, noMasking]]);

const withControls = (asked: readonly Experiment[]): readonly Experiment[] => [...new Set(asked.flatMap((experiment) => [experiment, controls.get(experiment) ?? experiment]))];

/** Whether an arm is nothing but the control of another. */
export const isControl = (arm: string): boolean => arm === inputTokensSplit.name;

/** The ablations of a name or group, each followed by its control where it has one; an unknown name is a UserError that lists those known. */
export function ablationsNamed(name: string): readonly Experiment[] {
  const found = withControls(ablationGroups[name] ?? ablations.filter((e) => e.name === name));
  if (found.length === 0) throw new UserError(`ablation "${name}" is not known; known are ${[...ablations.map((e) => e.name), ...Object.keys(ablationGroups)].join(", ")}`, 2);
  return found;
}

/** One line a name, for the command line's help. */
export const ablationHelp = (): string => [
  ...ablations.map((e) => `${e.name}: ${e.summary}${controls.has(e) ? `; trains ${controls.get(e)!.name} as well` : ""}`),
  ...Object.keys(ablationGroups).map((name) => `${name}: ${ablationsNamed(name).map((e) => e.name).join(", ")}`),
].join("\n");
