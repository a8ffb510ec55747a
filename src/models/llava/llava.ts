/**
 * LLaVA-1.5 (Liu et al. 2024, "Improved baselines with visual instruction tuning"; transformers' LlavaForConditionalGeneration): CLIP's
 * patches of a late layer, a two-layer projector, and Llama reading them in place of placeholder tokens.
 * Axes: B rows, T tokens, I images, P patches, D width, V vocabulary.
 */
import { mulDims, type Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, gather, input, iota, less, maximum, reshape, slice, unsqueeze, where } from "../../ops/index.ts";
import { clipVisionTower } from "../clip/visionTower.ts";
import { activation } from "../layers/activations.ts";
import { causalBias, keyMaskBias } from "../layers/attention.ts";
import { embedding, linear } from "../layers/linear.ts";
import type { WeightScope } from "../weights.ts";
import { imageTokens, type LlavaConfig } from "./config.ts";
import { llamaHead, llamaLayers, type LayerOutputs } from "./decoder.ts";

export interface LlavaInputs {
  /** int32 [B, T]. */
  readonly ids: Value;
  /** int32 [B, T], 0 for padding. */
  readonly mask: Value;
  /** int32 [B, T]: the image feature that takes a token's place, counted over all images; -1 for text. */
  readonly imageIndex: Value;
  /** Normalised, [I, 3, image_size, image_size]. */
  readonly pixels: Value;
}

export interface LlavaPrefix {
  /** The chosen layer's patches, [I, P, width of the tower]. */
  readonly visionFeatures: Value;
  /** [I, P, D]. */
  readonly projected: Value;
  readonly layers: readonly LayerOutputs[];
}

/** Graph inputs under the names `prepareLlavaBatch` feeds. */
export function llavaInputs({ vision_config: { image_size: side, num_channels: channels } }: LlavaConfig): LlavaInputs {
  const tokens = (name: string): Value => input(name, ["B", "T"], "int32");
  return { ids: tokens("ids"), mask: tokens("mask"), imageIndex: tokens("imageIndex"), pixels: input("pixels", ["I", channels, side, side]) };
}

/** Patches [I, P, width] of the layer that vision_feature_layer counts (the embeddings being 0), class token dropped. */
function visionFeatures(weights: WeightScope, { vision_config, vision_feature_layer: layer }: LlavaConfig, pixels: Value): Value {
  const { layers } = clipVisionTower(weights, vision_config, pixels), chosen = layers.at(layer < 0 ? layer : layer - 1)!;
  return slice(chosen, 1, 1, (chosen.shape[1] as number) - 1);
}

function project(weights: WeightScope, { projector_hidden_act, text_config: { hidden_size: D } }: LlavaConfig, features: Value): Value {
  return linear(activation(projector_hidden_act)(linear(features, weights.at("linear_1"), D)), weights.at("linear_2"), D);
}

/** Token embeddings of int32 ids, [..., D]. */
export const embedTokens = (weights: WeightScope, { text_config: { hidden_size, vocab_size } }: LlavaConfig, ids: Value): Value =>
  embedding(ids, weights.at("language_model.model.embed_tokens"), vocab_size, hidden_size);

/** Everything up to the decoder's last layer, over left-padded rows; positions count from 0 at the first column. */
export function llavaPrefix(weights: WeightScope, config: LlavaConfig, { ids, mask, imageIndex, pixels }: LlavaInputs): LlavaPrefix {
  const features = visionFeatures(weights.at("vision_tower"), config, pixels);
  const projected = project(weights.at("multi_modal_projector"), config, features);
  const flat = reshape(projected, [mulDims(pixels.shape[0]!, imageTokens(config)), config.text_config.hidden_size]);
  const embedded = where(unsqueeze(less(imageIndex, 0), 2), embedTokens(weights, config, ids), gather(flat, maximum(imageIndex, 0)));
  const T = ids.shape[1] as Dim;
  const layers = llamaLayers(weights.at("language_model.model"), config.text_config, embedded, iota(T), add(causalBias(T), keyMaskBias(mask)));
  return { visionFeatures: features, projected, layers };
}

/** The whole model over whole sequences: the prefix's stages, the final norm [B, T, D] and logits [B, T, V]. */
export function llavaForward(weights: WeightScope, config: LlavaConfig, inputs: LlavaInputs) {
  const prefix = llavaPrefix(weights, config, inputs);
  return { ...prefix, ...llamaHead(weights.at("language_model"), config.text_config, prefix.layers.at(-1)!.hidden) };
}
