/**
 * The transformer both CLIP towers share (Radford et al. 2021, section 2.4; transformers' CLIPEncoder): pre-norm blocks.
 * Axes: B batch, T tokens, D width.
 */
import type { Value } from "../../graph/value.ts";
import { add } from "../../ops/index.ts";
import { activation } from "../layers/activations.ts";
import { attend, mergeHeads, splitHeads } from "../layers/attention.ts";
import { linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norms.ts";
import type { WeightScope } from "../weights.ts";
import type { ClipTextConfig, ClipVisionConfig } from "./config.ts";

type EncoderConfig = Pick<ClipTextConfig & ClipVisionConfig, "hidden_act" | "hidden_size" | "intermediate_size" | "layer_norm_eps" | "num_attention_heads" | "num_hidden_layers">;

function selfAttention(weights: WeightScope, { hidden_size: D, num_attention_heads: heads }: EncoderConfig, x: Value, bias?: Value): Value {
  const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((name) => splitHeads(linear(x, weights.at(name), D), heads)) as [Value, Value, Value];
  return linear(mergeHeads(attend(q, k, v, { scale: (D / heads) ** -0.5, ...(bias && { bias }) })), weights.at("out_proj"), D);
}

function mlp(weights: WeightScope, { hidden_act, hidden_size, intermediate_size }: EncoderConfig, x: Value): Value {
  return linear(activation(hidden_act)(linear(x, weights.at("fc1"), intermediate_size)), weights.at("fc2"), hidden_size);
}

function block(weights: WeightScope, config: EncoderConfig, x: Value, bias?: Value): Value {
  const eps = config.layer_norm_eps;
  const attended = add(x, selfAttention(weights.at("self_attn"), config, layerNorm(x, weights.at("layer_norm1"), eps), bias));
  return add(attended, mlp(weights.at("mlp"), config, layerNorm(attended, weights.at("layer_norm2"), eps)));
}

/** The residual stream [B, T, D] after each block, for x [B, T, D] and an additive attention bias that broadcasts to [B, H, T, T]. */
export function clipEncoder(weights: WeightScope, config: EncoderConfig, x: Value, bias?: Value): Value[] {
  const layers: Value[] = [];
  for (let i = 0; i < config.num_hidden_layers; i++) layers.push(block(weights.at("layers").at(i), config, layers.at(-1) ?? x, bias));
  return layers;
}
