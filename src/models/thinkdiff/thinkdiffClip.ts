/**
 * ThinkDiff-CLIP's training graph (paper section 3.3, figure 3b): image tokens -> aligner, followed by the T5 encoder's states of the caption's
 * first part; the T5 decoder learns to write the rest. Only the aligner is meant to train.
 * B batch, S image tokens, d_in vision width, D T5 width, P tokens of the first part, L target tokens.
 */
import type { Value } from "../../graph/value.ts";
import { broadcastTo, concat, input, scalar } from "../../ops/index.ts";
import { align, type AlignerConfig } from "../aligner/aligner.ts";
import type { T5Config } from "../t5/config.ts";
import { crossEntropy, shiftRight } from "../t5/labels.ts";
import { decode, encode } from "../t5/t5.ts";
import type { WeightScope } from "../weights.ts";
import type { ThinkDiffLvlmInputs, ThinkDiffLvlmOutputs } from "./thinkdiffLvlm.ts";

export interface ThinkDiffClipInputs extends Omit<ThinkDiffLvlmInputs, "mask"> {
  /** int32 [B, P] and its mask: the caption's first part, end token included. */
  readonly textIds: Value;
  readonly textMask: Value;
}

/** Graph inputs "features", "text_ids", "text_mask" and "labels" for any batch and lengths. */
export const thinkDiffClipInputs = ({ inputWidth }: Pick<AlignerConfig, "inputWidth">): ThinkDiffClipInputs => ({
  features: input("features", ["B", "S", inputWidth]), textIds: input("text_ids", ["B", "P"], "int32"), textMask: input("text_mask", ["B", "P"], "int32"), labels: input("labels", ["B", "L"], "int32"),
});

/** Aligned image tokens and the T5 decoder's loss on the labels; `aligner` and `t5` are the roots of the two checkpoints. */
export function thinkDiffClip(aligner: WeightScope, alignerConfig: AlignerConfig, t5: WeightScope, t5Config: T5Config, { features, textIds, textMask, labels }: ThinkDiffClipInputs): ThinkDiffLvlmOutputs {
  const aligned = align(aligner, alignerConfig, features), [B, S] = features.shape;
  const states = concat([aligned, encode(t5, t5Config, textIds, textMask).last], 1), mask = concat([broadcastTo(scalar(1, "int32"), [B!, S!]), textMask], 1);
  const { logits } = decode(t5, t5Config, states, mask, shiftRight(labels));
  return { aligned, logits, loss: crossEntropy(logits, labels) };
}
