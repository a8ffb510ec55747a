import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** Beyond the paper: whether a wider aligner transfers better. */
const wideAligner: Experiment = {
  ...baseline, name: "wide-aligner", summary: "hidden layer four times as wide", widening: 4,
  question: { asks: "Does a wider aligner transfer more?", better: "yes", worse: "no, it transfers less" },
};

export default wideAligner;
