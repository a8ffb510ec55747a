import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** Beyond the paper's setting in micro, towards the paper's own: there the decoder that teaches belongs to a relative of the encoder that FLUX reads, not to its twin. */
const fineTunedT5: Experiment = {
  ...baseline, name: "fine-tuned-t5", summary: "trained against a copy of T5, encoder and decoder trained on for a little, while FLUX reads the former one", teacher: "fine-tuned",
  question: { asks: "Does it matter that the teacher is only a relative of the T5 that FLUX reads, as in the paper?", better: "it helps", worse: "it costs" },
};

export default fineTunedT5;
