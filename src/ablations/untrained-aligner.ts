import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** The control that no training has touched: random layers and T5's norm. */
export const untrainedAligner: Experiment = { ...baseline, name: "untrained-aligner", summary: "initial weights, no training", steps: 0 };
