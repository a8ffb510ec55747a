import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** Beyond the paper: whether the decoder is the better teacher than the encoder, whose states the diffusion model reads. All of the text is read, since an encoder continues nothing. */
const encoderStates: Experiment = {
  ...baseline, name: "encoder-states", summary: "mean squared error to the states of T5's encoder for the same text, token by token, instead of the decoder's loss", objective: "encoder-states", split: "none",
  question: { asks: "Is the LLM decoder really a better teacher than the encoder whose states FLUX reads?", better: "no: matching the encoder's states transfers more", worse: "yes: matching the encoder's states transfers less", against: "no-masking" },
};

export default encoderStates;
