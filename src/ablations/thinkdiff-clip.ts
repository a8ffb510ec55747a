import { ablationSteps, baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";
import type { ChosenRate } from "./inSteps.ts";

/** ThinkDiff-CLIP as released: image tokens in, followed by T5's states of the caption's first words; its steps and rates are the LVLM variant's. */
export const thinkDiffClip: Experiment = {
  ...baseline, name: "thinkdiff-clip", summary: "ThinkDiff-CLIP as released: halved image tokens, the caption split between words, RMS norm that starts as T5's", features: "image",
};

/** As the baseline's, for ThinkDiff-CLIP. */
export const chosenClipRates: readonly ChosenRate[] = [{ steps: ablationSteps, rate: 1 }, { steps: 2400, rate: 1 }];

/** The ablations that make sense without generated tokens. */
export const clipAblations: readonly Experiment[] = [
  { ...thinkDiffClip, name: "no-rmsnorm", summary: "ThinkDiff-CLIP without the RMS norm", norm: "none" },
  { ...thinkDiffClip, name: "default-init", summary: "ThinkDiff-CLIP whose RMS norm starts at ones", norm: "ones" },
];
