/**
 * BLIP-2's vision tower, EVA-CLIP's ViT-g (Fang et al. 2023; Sun et al. 2023; transformers' Blip2VisionModel): pre-norm blocks, joint
 * query-key-value projection. Axes: B images, P patches, T = 1+P tokens with the class token first, D width.
 */
import type { Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, broadcastTo, concat, split } from "../../ops/index.ts";
import { activation } from "../layers/activations.ts";
import { attend, mergeHeads, splitHeads } from "../layers/attention.ts";
import { linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norms.ts";
import { patchEmbedding } from "../layers/patchEmbedding.ts";
import type { WeightScope } from "../weights.ts";
import { gridSide, type EvaVitConfig } from "./config.ts";

export interface EvaVit {
  /** Class token and patches with their positions, [B, T, D]. */
  readonly embeddings: Value;
  /** The residual stream [B, T, D] after each block. */
  readonly layers: readonly Value[];
  /** After post_layernorm, [B, T, D]. */
  readonly lastHiddenState: Value;
}

function embed(weights: WeightScope, config: EvaVitConfig, pixels: Value): Value {
  const { hidden_size: D, image_size: side, patch_size } = config;
  const [B, ...image] = pixels.shape as readonly [Dim, ...Dim[]];
  if (image.join() !== [3, side, side].join()) throw new Error(`EVA ViT takes pixels [B, 3, ${side}, ${side}], found [${pixels.shape.join(", ")}]`);
  const patches = patchEmbedding(pixels, weights.at("patch_embedding"), D, patch_size);
  const classToken = broadcastTo(weights.param("class_embedding", [1, 1, D]), [B, 1, D]);
  return add(concat([classToken, patches], 1), weights.param("position_embedding", [1, 1 + gridSide(config) ** 2, D]));
}

function selfAttention(weights: WeightScope, { hidden_size: D, num_attention_heads: heads, qkv_bias: bias }: EvaVitConfig, x: Value): Value {
  const [q, k, v] = split(linear(x, weights.at("qkv"), 3 * D, { bias }), -1, 3).map((part) => splitHeads(part, heads)) as [Value, Value, Value];
  return linear(mergeHeads(attend(q, k, v, { scale: (D / heads) ** -0.5 })), weights.at("projection"), D);
}

function block(weights: WeightScope, config: EvaVitConfig, x: Value): Value {
  const { hidden_act, hidden_size: D, intermediate_size, layer_norm_eps: eps } = config;
  const attended = add(x, selfAttention(weights.at("self_attn"), config, layerNorm(x, weights.at("layer_norm1"), eps)));
  const wide = linear(layerNorm(attended, weights.at("layer_norm2"), eps), weights.at("mlp.fc1"), intermediate_size);
  return add(attended, linear(activation(hidden_act)(wide), weights.at("mlp.fc2"), D));
}

/** The tower for normalised pixels [B, 3, image_size, image_size]. */
export function evaVit(weights: WeightScope, config: EvaVitConfig, pixels: Value): EvaVit {
  const model = weights.at("vision_model");
  const embeddings = embed(model.at("embeddings"), config, pixels), layers: Value[] = [];
  for (let i = 0; i < config.num_hidden_layers; i++) layers.push(block(model.at("encoder.layers").at(i), config, layers.at(-1) ?? embeddings));
  return { embeddings, layers, lastHiddenState: layerNorm(layers.at(-1)!, model.at("post_layernorm"), config.layer_norm_eps) };
}
