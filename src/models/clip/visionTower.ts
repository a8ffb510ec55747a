/**
 * CLIP's vision transformer (Radford et al. 2021; transformers' CLIPVisionModel): class token first, a norm before the blocks.
 * Axes: B images, P patches, D width.
 */
import type { Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, broadcastTo, concat, reshape, slice } from "../../ops/index.ts";
import { layerNorm } from "../layers/norms.ts";
import { patchEmbedding } from "../layers/patchEmbedding.ts";
import type { WeightScope } from "../weights.ts";
import type { ClipVisionConfig } from "./config.ts";
import { clipEncoder } from "./encoder.ts";

export interface ClipVision {
  /** The residual stream [B, 1+P, D] after each block; the last one is the model's last hidden state, before post_layernorm. */
  readonly layers: readonly Value[];
  /** The class token after post_layernorm, [B, D]. */
  readonly pooled: Value;
}

/** The vision tower for normalised pixels [B, 3, image_size, image_size]. */
export function clipVisionTower(weights: WeightScope, config: ClipVisionConfig, pixels: Value): ClipVision {
  const model = weights.at("vision_model"), embeddings = model.at("embeddings");
  const { hidden_size: D, image_size: side, layer_norm_eps: eps, num_channels: channels, patch_size: patch } = config;
  const [B, ...image] = pixels.shape as readonly [Dim, ...Dim[]];
  if (image.join() !== [channels, side, side].join()) throw new Error(`CLIP takes pixels [B, ${channels}, ${side}, ${side}], found [${pixels.shape.join(", ")}]`);
  const patches = patchEmbedding(pixels, embeddings.at("patch_embedding"), D, patch, { bias: false });
  const classToken = broadcastTo(embeddings.param("class_embedding", [D]), [B, 1, D]);
  const tokens = concat([classToken, patches], 1); // [B, 1+P, D]
  const placed = add(tokens, embeddings.param("position_embedding.weight", [(side / patch) ** 2 + 1, D]));
  const layers = clipEncoder(model.at("encoder"), config, layerNorm(placed, model.at("pre_layrnorm"), eps));
  const first = reshape(slice(layers.at(-1)!, 1, 0, 1), [B, D]);
  return { layers, pooled: layerNorm(first, model.at("post_layernorm"), eps) };
}
