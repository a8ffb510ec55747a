import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** The paper's ablation of random masked training (table 3). */
const noMasking: Experiment = { ...baseline, name: "no-masking", summary: "all features in, all of their text out", split: "none" };

export default noMasking;
