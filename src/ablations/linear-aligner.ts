import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** Beyond the paper: whether the aligner needs to be more than linear. */
const linearAligner: Experiment = {
  ...baseline, name: "linear-aligner", summary: "one linear layer before the norm instead of two", depth: 1,
  question: { asks: "Need the aligner be more than linear?", better: "no: one linear layer transfers more", worse: "yes: one linear layer transfers less" },
};

export default linearAligner;
