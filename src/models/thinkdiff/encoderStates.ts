/**
 * An objective beside the paper's: aligned features against the states of T5's encoder for the same text, token by token.
 * B batch, S features a sample, L T5 tokens, D T5 width.
 */
import type { Value } from "../../graph/value.ts";
import { add, cast, div, greater, input, matmul, maximum, mul, sub, sum, unsqueeze } from "../../ops/index.ts";
import { align, type AlignerConfig } from "../aligner/aligner.ts";
import { asFloat } from "../layers/attention.ts";
import type { T5Config } from "../t5/config.ts";
import { encode } from "../t5/t5.ts";
import type { WeightScope } from "../weights.ts";
import type { ThinkDiffLvlmInputs } from "./thinkdiffLvlm.ts";

/** Mean squared error, per number, of aligned features and the states that graph input "matching" [B, S, L], ones and zeros, assigns to them; labels are the text's T5 tokens, negative where there is none. */
export function encoderStatesLoss(aligner: WeightScope, alignerConfig: AlignerConfig, t5: WeightScope, t5Config: T5Config, { features, mask, labels }: ThinkDiffLvlmInputs): { readonly aligned: Value; readonly loss: Value } {
  const aligned = align(aligner, alignerConfig, features), states = encode(t5, t5Config, maximum(labels, 0), cast(greater(labels, -1), "int32")).last;
  const error = sub(aligned, matmul(input("matching", ["B", "S", "L"]), states)), counted = asFloat(mask); // [B, S, D], [B, S]
  return { aligned, loss: div(sum(mul(mul(error, error), unsqueeze(counted, 2))), mul(add(sum(counted), 1e-12), alignerConfig.width)) };
}
