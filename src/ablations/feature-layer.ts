import { baseline } from "./baseline.ts";
import type { Experiment, Question } from "./experiment.ts";

const question: Question = { asks: "Do states of an earlier layer of the LVLM align better than its final norm's?", better: "yes", worse: "no, they transfer less" };

/** Beyond the paper: whether earlier layers of the LVLM give features that align better than its final norm's. */
const featureLayers: readonly Experiment[] = ([["layer-quarter", 0.25], ["layer-half", 0.5], ["layer-three-quarters", 0.75]] as const).map(([name, layer]): Experiment =>
  ({ ...baseline, name, summary: `hidden states behind ${layer * 100} % of the LVLM's layers instead of its final norm's output`, question, layer }));

export default featureLayers;
