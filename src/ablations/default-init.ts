import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** The paper's ablation of the norm's initialisation (figure 7, table 3). */
const defaultInit: Experiment = { ...baseline, name: "default-init", summary: "the RMS norm starts at ones instead of T5's weights", norm: "ones" };

export default defaultInit;
