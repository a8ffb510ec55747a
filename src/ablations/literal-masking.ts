import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** The paper's sentence on masking read literally (section 3.3). */
export const literalMasking: Experiment = { ...baseline, name: "literal-masking", summary: "a random subset of features in, the text of the other tokens out", split: "random-subset" };
