/**
 * ThinkDiff-LVLM's training graph (paper section 3.3, figure 3a): VLM features -> aligner -> T5 decoder, which learns to write the text that
 * follows. The aligned features stand in for the T5 encoder's output; only the aligner is meant to train.
 * B batch, S features a sample, d_in VLM width, D T5 width, L target tokens, V vocabulary.
 */
import type { Value } from "../../graph/value.ts";
import { input } from "../../ops/index.ts";
import { align, type AlignerConfig } from "../aligner/aligner.ts";
import type { T5Config } from "../t5/config.ts";
import { crossEntropy, shiftRight } from "../t5/labels.ts";
import { decode } from "../t5/t5.ts";
import type { WeightScope } from "../weights.ts";

export interface ThinkDiffLvlmInputs {
  /** float32 [B, S, d_in]. */
  readonly features: Value;
  /** int32 [B, S], 0 for padding. */
  readonly mask: Value;
  /** int32 [B, L], negative where there is no target. */
  readonly labels: Value;
}

export interface ThinkDiffLvlmOutputs {
  /** [B, S, D]. */
  readonly aligned: Value;
  /** [B, L, V]. */
  readonly logits: Value;
  /** Mean nats a target token, float32 []. */
  readonly loss: Value;
}

/** Graph inputs "features", "mask" and "labels" for any batch, feature count and target length. */
export const thinkDiffLvlmInputs = ({ inputWidth }: Pick<AlignerConfig, "inputWidth">): ThinkDiffLvlmInputs => ({
  features: input("features", ["B", "S", inputWidth]), mask: input("mask", ["B", "S"], "int32"), labels: input("labels", ["B", "L"], "int32"),
});

/** Aligned features and the T5 decoder's loss on the labels; `aligner` and `t5` are the roots of the two checkpoints. */
export function thinkDiffLvlm(aligner: WeightScope, alignerConfig: AlignerConfig, t5: WeightScope, t5Config: T5Config, { features, mask, labels }: ThinkDiffLvlmInputs): ThinkDiffLvlmOutputs {
  const aligned = align(aligner, alignerConfig, features);
  const { logits } = decode(t5, t5Config, aligned, mask, shiftRight(labels));
  return { aligned, logits, loss: crossEntropy(logits, labels) };
}
