import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** The paper's sentence on masking read literally (section 3.3). */
const literalMasking: Experiment = {
  ...baseline, name: "literal-masking", summary: "a random subset of features in, the text of the other tokens out", split: "random-subset",
  question: { asks: "Does the paper's literal masking, a random subset of the positions, do as well as the released prefix split?", better: "it does better", worse: "it does worse: the released split is not a mere variant" },
};

export default literalMasking;
