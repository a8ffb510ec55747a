import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** The control that runs beside input-tokens, which differs from the baseline in two things: here the text is split as the baseline's. */
const inputTokensSplit: Experiment = { ...baseline, name: "input-tokens-split", summary: "features of all prompt positions in, the baseline's part of the text out", features: "prompt" };

export default inputTokensSplit;
