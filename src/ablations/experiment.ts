/** One arm's training of the aligner, as data: nothing that runs it knows an experiment by its name. */
import type { AdamWConfig } from "../training/adamw.ts";

export interface ReleasedRates {
  /** Rate of step 0. */
  readonly start: number;
  readonly peak: number;
  readonly floor: number;
  /** Share of the steps that warm up. */
  readonly warmup: number;
}

/** How a generated text of n tokens is divided between what the aligner gets and what the decoder writes. */
export type Split =
  /** The release: the first s, the rest; s uniform in 1 .. n-1. */
  | "prefix"
  /** All to both. */
  | "none"
  /** The paper's literal "two parts": s random positions in their order, the others; s uniform in 1 .. n-1. */
  | "random-subset";

export type Objective = "decoder" | "encoder-states" | "diffusion";

/** What a reader of the paper asks, and what it answers if the ablation is better or worse than what it is compared with. */
export interface Question {
  readonly asks: string;
  readonly better: string;
  readonly worse: string;
  /** The arm from which the ablation differs in what is asked alone; the baseline where left out. */
  readonly against?: string;
}

export interface Experiment {
  /** The arm's name in records and on the command line. */
  readonly name: string;
  /** What differs from the baseline, in a line for help and reports. */
  readonly summary: string;
  readonly question?: Question;
  /** The aligner's last layer: an RMS norm that starts as T5's or as ones, or none. */
  readonly norm: "t5" | "ones" | "none";
  /** Linear layers of the aligner; 2 where left out. */
  readonly depth?: number;
  /** Its hidden layers are so many times as wide as T5; 1 where left out. */
  readonly widening?: number;
  /** What training minimises: the loss of T5's decoder, which writes the target ("decoder", also where left out), the squared distance to the states of T5's encoder for the same text, or the diffusion loss of FLUX, which draws the picture that the text is about. */
  readonly objective?: Objective;
  /** Trained against a fine-tuned copy of T5 instead of FLUX's own. */
  readonly teacher?: "fine-tuned";
  /** Draws with a copy of FLUX that was fine-tuned with so many times its conditioning noise; the aligner and its training know nothing of it. */
  readonly fluxNoise?: number;
  /**
   * What the aligner reads: the features of generated tokens; those of every prompt position, which are never split; or ThinkDiff-CLIP's image tokens,
   * where the caption's words are split and the first part passes T5's encoder.
   */
  readonly features: "generated" | "prompt" | "image";
  /** Generated tokens' features are hidden states behind this share of the LVLM's layers (0.5: half of them), without its final norm; the final norm's output where left out. */
  readonly layer?: number;
  /** Splits the text, and the generated tokens' features with it. */
  readonly split: Split;
  /** How many times its own scale T5's final norm has, T5 and FLUX remaining the same functions; 1 where left out. */
  readonly normScale?: number;
  readonly schedule: ReleasedRates;
  /** How many times the schedule's rates are taken; 1 where left out. */
  readonly rate?: number;
  /** Samples a step. */
  readonly batch: number;
  readonly steps: number;
  /** Of initial weights, batches and splits. */
  readonly seed: number;
  readonly optimizer: AdamWConfig;
}
