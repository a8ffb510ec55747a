import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** The paper's ablation of the RMS norm (figure 7, table 3). */
const noRmsNorm: Experiment = { ...baseline, name: "no-rmsnorm", summary: "no RMS norm after the second linear layer", norm: "none" };

export default noRmsNorm;
