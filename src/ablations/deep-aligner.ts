import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** Beyond the paper: whether a deeper aligner transfers better. */
const deepAligner: Experiment = {
  ...baseline, name: "deep-aligner", summary: "four linear layers before the norm instead of two", depth: 4,
  question: { asks: "Does a deeper aligner transfer more?", better: "yes", worse: "no, it transfers less" },
};

export default deepAligner;
