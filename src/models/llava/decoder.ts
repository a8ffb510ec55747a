/**
 * LLaVA's language model, Llama (Touvron et al. 2023; transformers' LlamaForCausalLM): pre-norm layers, rotary positions, gated SiLU.
 * Axes: B rows, T tokens, S tokens already seen, D width, H heads, d head width, V vocabulary.
 */
import { floats } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { add, cast, concat, constant, cos, mul, sin, slice, sub, unsqueeze } from "../../ops/index.ts";
import { activation } from "../layers/activations.ts";
import { attend, mergeHeads, splitHeads } from "../layers/attention.ts";
import { linear } from "../layers/linear.ts";
import { rmsNorm } from "../layers/norms.ts";
import type { WeightScope } from "../weights.ts";
import type { LlamaConfig } from "./config.ts";

const plain = { bias: false } as const;

/** Cosines and sines [T, d/2], one for each pair (i, i + d/2) of a head's numbers. */
interface Rotary { readonly cos: Value; readonly sin: Value }

/** Rotary tables at int32 positions [T]. */
function rotaryTables(positions: Value, { hidden_size, num_attention_heads, rope_theta }: LlamaConfig): Rotary {
  const d = hidden_size / num_attention_heads;
  const frequencies = Float32Array.from({ length: d / 2 }, (_, i) => 1 / Math.fround(rope_theta ** ((2 * i) / d)));
  const angles = mul(unsqueeze(cast(positions, "float32"), 1), constant(floats([d / 2], frequencies)));
  return { cos: cos(angles), sin: sin(angles) };
}

/** Turns each pair (i, i + d/2) of heads [B, H, T, d] by its angle. */
function rotate(x: Value, { cos: c, sin: s }: Rotary): Value {
  const half = (x.shape[3] as number) / 2, first = slice(x, 3, 0, half), second = slice(x, 3, half, half);
  return concat([sub(mul(first, c), mul(second, s)), add(mul(second, c), mul(first, s))], 3);
}

/** A layer's rotated keys and its values, [B, H, S, d]. */
export interface KeysValues { readonly keys: Value; readonly values: Value }

export interface LayerOutputs extends KeysValues {
  /** The residual stream after the layer, [B, T, D]. */
  readonly hidden: Value;
}

function layer(weights: WeightScope, config: LlamaConfig, x: Value, rotary: Rotary, bias: Value, past?: KeysValues): LayerOutputs {
  const { hidden_act, hidden_size: D, intermediate_size, num_attention_heads: heads, rms_norm_eps: eps } = config;
  const attention = weights.at("self_attn"), mlp = weights.at("mlp"), joined = (before: Value | undefined, own: Value): Value => (before ? concat([before, own], 2) : own);

  const y = rmsNorm(x, weights.at("input_layernorm"), eps);
  const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((name) => splitHeads(linear(y, attention.at(name), D, plain), heads)) as [Value, Value, Value];
  const keys = joined(past?.keys, rotate(k, rotary)), values = joined(past?.values, v); // [B, H, S+T, d]
  const mixed = attend(rotate(q, rotary), keys, values, { scale: (D / heads) ** -0.5, bias });
  const z = add(x, linear(mergeHeads(mixed), attention.at("o_proj"), D, plain));

  const n = rmsNorm(z, weights.at("post_attention_layernorm"), eps);
  const gated = mul(activation(hidden_act)(linear(n, mlp.at("gate_proj"), intermediate_size, plain)), linear(n, mlp.at("up_proj"), intermediate_size, plain));
  return { hidden: add(z, linear(gated, mlp.at("down_proj"), D, plain)), keys, values };
}

/**
 * The decoder's layers over embeddings x [B, T, D] at int32 positions [T], with an additive bias that broadcasts to [B, H, T, S+T];
 * `past` holds each layer's keys and values of the S tokens before. `weights` is the scope of "model".
 */
export function llamaLayers(weights: WeightScope, config: LlamaConfig, x: Value, positions: Value, bias: Value, past: readonly KeysValues[] = []): LayerOutputs[] {
  const rotary = rotaryTables(positions, config), layers: LayerOutputs[] = [];
  for (let i = 0; i < config.num_hidden_layers; i++) layers.push(layer(weights.at("layers").at(i), config, layers.at(-1)?.hidden ?? x, rotary, bias, past[i]));
  return layers;
}

/** The final norm of hidden states [B, T, D] and logits [B, T, V]; `weights` is the scope that holds "model" and "lm_head". */
export function llamaHead(weights: WeightScope, config: LlamaConfig, hidden: Value): { readonly norm: Value; readonly logits: Value } {
  const norm = rmsNorm(hidden, weights.at("model.norm"), config.rms_norm_eps);
  return { norm, logits: linear(norm, weights.at("lm_head"), config.vocab_size, plain) };
}
