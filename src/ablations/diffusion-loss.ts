import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** Beyond the paper: whether T5's decoder is the better teacher than the diffusion model itself. The one arm whose aligner a diffusion loss ever reaches. */
const diffusionLoss: Experiment = {
  ...baseline, name: "diffusion-loss", objective: "diffusion", split: "none",
  summary: "trained by the diffusion loss itself, back through the frozen FLUX, on the pictures that the texts are about; no other arm's aligner sees a diffusion loss",
  question: { asks: "Is the LLM decoder really a better teacher than the diffusion model itself?", better: "no: the diffusion model's own loss transfers more", worse: "yes: the diffusion model's own loss transfers less in as many steps", against: "no-masking" },
};

export default diffusionLoss;
