import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** The paper's ablation of generated-token features (table 3), as released: the whole text is the target. */
const inputTokens: Experiment = { ...baseline, name: "input-tokens", summary: "features of all prompt positions in, the whole text out", features: "prompt", split: "none" };

export default inputTokens;
