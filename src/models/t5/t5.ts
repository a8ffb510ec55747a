/**
 * T5 v1.1 (Raffel et al. 2020, "Exploring the limits of transfer learning with a unified text-to-text transformer"; v1.1: gated tanh-GELU,
 * untied head), after transformers' T5ForConditionalGeneration. Attention is not scaled; only each stack's first block owns relative position biases.
 * B batch, T input tokens, L target tokens, D width, H heads, V vocabulary.
 */
import type { Value } from "../../graph/value.ts";
import { add, gather, geluTanh, matmul, mul, transpose, unsqueeze } from "../../ops/index.ts";
import { attentionWeights, causalBias, keyMaskBias, mergeHeads, splitHeads } from "../layers/attention.ts";
import { embedding, linear, width } from "../layers/linear.ts";
import { rmsNorm } from "../layers/norms.ts";
import type { WeightScope } from "../weights.ts";
import type { T5Config } from "./config.ts";
import { positionGrid, relativeBuckets } from "./relativeBuckets.ts";

const plain = { bias: false } as const;

/** Keys or values of x [B, T, D] as heads [B, H, T, d]. */
export const project = (x: Value, weights: WeightScope, part: "q" | "k" | "v", c: T5Config): Value => splitHeads(linear(x, weights.at(part), c.num_heads * c.d_kv, plain), c.num_heads);

/** What x [B, L, D] reads in memory [B, T, D], and with which weights [B, H, L, T]. */
function attention(x: Value, memory: Value, weights: WeightScope, bias: Value, c: T5Config): { readonly read: Value; readonly mixing: Value } {
  const [q, k, v] = [project(x, weights, "q", c), project(memory, weights, "k", c), project(memory, weights, "v", c)], mixing = attentionWeights(q, k, { bias });
  return { read: linear(mergeHeads(matmul(mixing, v)), weights.at("o"), c.d_model, plain), mixing };
}

/** x plus the gated feed-forward of its norm. */
export function feedForward(x: Value, layer: WeightScope, c: T5Config): Value {
  const h = rmsNorm(x, layer.at("layer_norm"), c.layer_norm_epsilon), dense = layer.at("DenseReluDense");
  const gated = mul(geluTanh(linear(h, dense.at("wi_0"), c.d_ff, plain)), linear(h, dense.at("wi_1"), c.d_ff, plain)); // [B, T, d_ff]
  return add(x, linear(gated, dense.at("wo"), c.d_model, plain));
}

/** Relative position bias [1, H, query, key] of a stack, for positions that broadcast to [query, key]. */
export function positionBias(query: Value, key: Value, stack: WeightScope, bidirectional: boolean, c: T5Config): Value {
  const { relative_attention_num_buckets: buckets, relative_attention_max_distance: maxDistance } = c;
  const table = stack.at("block.0.layer.0.SelfAttention.relative_attention_bias").param("weight", [buckets, c.num_heads]);
  return unsqueeze(transpose(gather(table, relativeBuckets(query, key, { buckets, maxDistance, bidirectional })), [2, 0, 1]), 0);
}

export interface StackOutput {
  /** Residual stream after each block, [B, T, D]. */
  readonly blocks: readonly Value[];
  /** After the final norm. */
  readonly last: Value;
}

/** The encoder: int32 ids and mask [B, T] -> states [B, T, D]. */
export function encode(weights: WeightScope, c: T5Config, inputIds: Value, mask: Value): StackOutput {
  const encoder = weights.at("encoder");
  let x = embedding(inputIds, weights.at("shared"), c.vocab_size, c.d_model);
  const bias = add(positionBias(...positionGrid(inputIds.shape[1]!), encoder, true, c), keyMaskBias(mask));
  const blocks: Value[] = [];
  for (let i = 0; i < c.num_layers; i++) {
    const self = encoder.at(`block.${i}.layer.0`), h = rmsNorm(x, self.at("layer_norm"), c.layer_norm_epsilon);
    x = add(x, attention(h, h, self.at("SelfAttention"), bias, c).read);
    x = feedForward(x, encoder.at(`block.${i}.layer.1`), c);
    blocks.push(x);
  }
  return { blocks, last: rmsNorm(x, encoder.at("final_layer_norm"), c.layer_norm_epsilon) };
}

/** The decoder: encoder output (or aligned features) [B, T, D] with mask [B, T], decoder ids [B, L] -> states [B, L, D], logits [B, L, V], and the weights [B, H, L, T] with which each block's cross-attention reads. */
export function decode(weights: WeightScope, c: T5Config, features: Value, mask: Value, decoderIds: Value, decoderMask?: Value): StackOutput & { readonly logits: Value; readonly reading: readonly Value[] } {
  if (width(features) !== c.d_model) throw new Error(`features of width ${width(features)} for a T5 of width ${c.d_model}`);
  const decoder = weights.at("decoder"), length = decoderIds.shape[1]!;
  let x = embedding(decoderIds, weights.at("shared"), c.vocab_size, c.d_model);
  const causal = add(positionBias(...positionGrid(length), decoder, false, c), causalBias(length));
  const selfBias = decoderMask ? add(causal, keyMaskBias(decoderMask)) : causal, crossBias = keyMaskBias(mask);
  const blocks: Value[] = [], reading: Value[] = [];
  for (let i = 0; i < c.num_decoder_layers; i++) {
    const block = decoder.at(`block.${i}`), self = block.at("layer.0"), cross = block.at("layer.1");
    const h = rmsNorm(x, self.at("layer_norm"), c.layer_norm_epsilon);
    x = add(x, attention(h, h, self.at("SelfAttention"), selfBias, c).read);
    const { read, mixing } = attention(rmsNorm(x, cross.at("layer_norm"), c.layer_norm_epsilon), features, cross.at("EncDecAttention"), crossBias, c);
    x = add(x, read);
    reading.push(mixing);
    x = feedForward(x, block.at("layer.2"), c);
    blocks.push(x);
  }
  const last = rmsNorm(x, decoder.at("final_layer_norm"), c.layer_norm_epsilon);
  return { blocks, last, reading, logits: linear(last, weights.at("lm_head"), c.vocab_size, plain) };
}
