/**
 * Qwen2-VL's language model: Qwen2 layers with grouped key-value heads and M-RoPE (transformers' Qwen2VLModel).
 * Axes: B rows, T tokens, D width, H query heads in K key-value groups of G, d head width, S keys attended to.
 */
import { addDims, type Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, concat, matmul, mul, reshape, slice, softmax, unsqueeze } from "../../ops/index.ts";
import { silu } from "../layers/activations.ts";
import { mergeHeads, splitHeads } from "../layers/attention.ts";
import { linear } from "../layers/linear.ts";
import { rmsNorm } from "../layers/norms.ts";
import type { WeightScope } from "../weights.ts";
import { headWidth, type Qwen2VLConfig } from "./config.ts";
import { rotate, type Rotary } from "./rotary.ts";

/** Keys (rotated) and values [B, K, 1, S, d]; the 1 is for the G queries that share them. */
export interface KeysValues { readonly keys: Value; readonly values: Value }

/** Keys and values attended to, with an additive bias that broadcasts to [B, K, G, T, S]. */
export interface Segment extends KeysValues { readonly bias?: Value }

export interface LayerOutputs extends KeysValues {
  /** The residual stream after the layer, [B, T, D], or the rows kept. */
  readonly hidden: Value;
}

/** Attention of q [B, H, T, d] over segments as if they were one, [B, H, T, d]: scores are joined, keys and values are not copied. */
function attendSegments(q: Value, segments: readonly Segment[], groups: number): Value {
  const [B, H, T, d] = q.shape as readonly [Dim, number, Dim, number];
  const grouped = reshape(mul(q, d ** -0.5), [B, groups, H / groups, T, d]);
  const scores = segments.map(({ keys, bias }) => {
    const plain = matmul(grouped, keys, { transposeB: true });   // [B, K, G, T, S]
    return bias ? add(plain, bias) : plain;
  });
  const weights = softmax(concat(scores, 4));
  let start: Dim = 0;
  const parts = segments.map(({ values }) => {
    const length = values.shape[3]!, own = slice(weights, 4, start, length);
    start = addDims(start, length);
    return matmul(own, values);
  });
  return reshape(parts.reduce(add), q.shape);
}

/**
 * One layer over x [B, T, D]; `attended` says what its tokens see, given their own keys and values. `keep` may choose rows of
 * the [B, T, D] values that are still needed after the attention.
 */
export function decoderLayer(weights: WeightScope, config: Qwen2VLConfig, x: Value, rotary: Rotary, attended: (own: KeysValues) => readonly Segment[], keep = (rows: Value): Value => rows): LayerOutputs {
  const { hidden_size, intermediate_size, num_attention_heads, num_key_value_heads, rms_norm_eps } = config;
  const attention = weights.at("self_attn"), mlp = weights.at("mlp"), d = headWidth(config);

  const y = rmsNorm(x, weights.at("input_layernorm"), rms_norm_eps);
  const q = splitHeads(linear(y, attention.at("q_proj"), hidden_size), num_attention_heads);               // [B, H, T, d]
  const k = splitHeads(linear(y, attention.at("k_proj"), num_key_value_heads * d), num_key_value_heads);   // [B, K, T, d]
  const v = splitHeads(linear(y, attention.at("v_proj"), num_key_value_heads * d), num_key_value_heads);
  const own = { keys: unsqueeze(rotate(k, rotary), 2), values: unsqueeze(v, 2) };
  const mixed = mergeHeads(attendSegments(rotate(q, rotary), attended(own), num_key_value_heads));
  const z = add(keep(x), linear(keep(mixed), attention.at("o_proj"), hidden_size, { bias: false }));

  const n = rmsNorm(z, weights.at("post_attention_layernorm"), rms_norm_eps);
  const gated = mul(silu(linear(n, mlp.at("gate_proj"), intermediate_size, { bias: false })), linear(n, mlp.at("up_proj"), intermediate_size, { bias: false }));
  return { hidden: add(z, linear(gated, mlp.at("down_proj"), hidden_size, { bias: false })), ...own };
}

export interface HeadOutputs {
  /** After the final norm, [..., D]: the features ThinkDiff uses. */
  readonly norm: Value;
  /** [..., V]. */
  readonly logits: Value;
}

/** Final norm and logits of hidden states [..., D]; `weights` is the checkpoint's root. */
export function languageHead(weights: WeightScope, config: Qwen2VLConfig, hidden: Value): HeadOutputs {
  const norm = rmsNorm(hidden, weights.at("model.norm"), config.rms_norm_eps);
  const table = config.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight";
  return { norm, logits: matmul(norm, weights.param(table, [config.vocab_size, config.hidden_size]), { transposeB: true }) };
}
