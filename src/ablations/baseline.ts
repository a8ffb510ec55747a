import { releasedAdamW } from "../training/adamw.ts";
import type { Experiment } from "./experiment.ts";
import type { ChosenRate } from "./inSteps.ts";

/** Steps of every arm of an ablation run in micro, the baseline's own included, on the schedule's same shape: two cores train and score an ablation in minutes. */
export const ablationSteps = 450;

/** For lengths of training in micro, the multiple of the baseline's rates at which the baseline's own held-out loss is least: `npm run rates`, docs/rates.md. */
export const chosenRates: readonly ChosenRate[] = [{ steps: ablationSteps, rate: 2 }, { steps: 2400, rate: 1 }];

/** ThinkDiff-LVLM as released, its schedule scaled to the micro profile: fewer steps, and a rate fixed by the held-out loss alone. */
export const baseline: Experiment = {
  name: "thinkdiff-lvlm",
  summary: "ThinkDiff-LVLM as released: generated-token features, random prefix split, RMS norm that starts as T5's",
  norm: "t5",
  features: "generated",
  split: "prefix",
  schedule: { start: 3e-6, peak: 9e-3, floor: 1.8e-3, warmup: 0.08 },
  batch: 48,
  steps: 2400,
  seed: 42,
  optimizer: releasedAdamW,
};
