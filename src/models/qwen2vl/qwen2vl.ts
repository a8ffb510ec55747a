/**
 * Qwen2-VL (Wang et al., 2024; transformers' Qwen2VLForConditionalGeneration) over whole sequences: for training, features and prefill.
 * Axes: B rows, T tokens, I images, 4 M patches an image, D width, V vocabulary, R rows of B*T that are wanted.
 */
import { mulDims } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, gather, input, less, maximum, reshape, unsqueeze, where } from "../../ops/index.ts";
import { causalBias, keyMaskBias } from "../layers/attention.ts";
import { embedding } from "../layers/linear.ts";
import type { WeightScope } from "../weights.ts";
import { headWidth, patchWidth, type Qwen2VLConfig } from "./config.ts";
import { decoderLayer, languageHead, type HeadOutputs, type LayerOutputs } from "./decoder.ts";
import { multimodalRotary } from "./rotary.ts";
import { visionTower, type VisionInputs, type VisionOutputs } from "./vision.ts";

export interface Qwen2VLInputs {
  /** int32 [B, T]. */
  readonly inputIds: Value;
  /** int32 [B, T]: the image feature that takes a token's place, counted over all images; -1 for text. */
  readonly imageIndex: Value;
  /** int32 [3, B, T]: time, row and column. */
  readonly positions: Value;
  /** int32 [B, T], 0 for padding. */
  readonly mask: Value;
  readonly images: VisionInputs;
  /** int32 [R]: indices into the B*T tokens; from the last layer's attention on, these alone are computed. */
  readonly rows?: Value;
}

export interface Qwen2VLOutputs extends HeadOutputs {
  readonly vision: VisionOutputs;
  /** Residual stream [B, T, D] (the last layer's [R, D] where rows are given), keys and values of each decoder layer. */
  readonly layers: readonly LayerOutputs[];
}

/** Graph inputs under the names `prepareBatch` feeds; `mixedGrids` where images may differ in size. */
export function qwen2vlInputs(config: Qwen2VLConfig, { mixedGrids = false, rows = false }: { readonly mixedGrids?: boolean; readonly rows?: boolean } = {}): Qwen2VLInputs {
  const P = mulDims(config.vision_config.spatial_merge_size ** 2, "M");
  return {
    inputIds: input("inputIds", ["B", "T"], "int32"),
    imageIndex: input("imageIndex", ["B", "T"], "int32"),
    positions: input("positions", [3, "B", "T"], "int32"),
    mask: input("mask", ["B", "T"], "int32"),
    images: {
      patches: input("patches", ["I", P, patchWidth(config.vision_config)]),
      positions: input("patchPositions", [mixedGrids ? "I" : 1, P, 2], "int32"),
      mask: mixedGrids ? input("patchMask", ["I", P], "int32") : undefined,
    },
    rows: rows ? input("rows", ["R"], "int32") : undefined,
  };
}

/** Token embeddings with image features at their places, [B, T, D]. */
function embed(weights: WeightScope, config: Qwen2VLConfig, inputIds: Value, imageIndex: Value, features: Value): Value {
  const text = embedding(inputIds, weights.at("model.embed_tokens"), config.vocab_size, config.hidden_size);
  return where(unsqueeze(less(imageIndex, 0), 2), text, gather(features, maximum(imageIndex, 0)));
}

/** The whole model with every stage's output; norm and logits are [B, T, ...], or [R, ...] where `rows` is given. */
export function qwen2vlForward(weights: WeightScope, config: Qwen2VLConfig, { inputIds, imageIndex, positions, mask, images, rows }: Qwen2VLInputs): Qwen2VLOutputs {
  const vision = visionTower(weights.at("visual"), config.vision_config, images);
  const rotary = multimodalRotary(positions, headWidth(config), config.rope_theta, config.rope_scaling.mrope_section);
  const [B, T] = inputIds.shape;
  const bias = unsqueeze(add(keyMaskBias(mask), causalBias(T!)), 2);   // [B, 1, 1, T, T]
  const embeddings = embed(weights, config, inputIds, imageIndex, vision.merged);
  const atRows = (x: Value): Value => (rows ? gather(reshape(x, [mulDims(B!, T!), config.hidden_size]), rows) : x);
  const layers: LayerOutputs[] = [];
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const last = i === config.num_hidden_layers - 1;
    layers.push(decoderLayer(weights.at("model.layers").at(i), config, layers.at(-1)?.hidden ?? embeddings, rotary, (own) => [{ ...own, bias }], last ? atRows : undefined));
  }
  return { vision, layers, ...languageHead(weights, config, layers.at(-1)!.hidden) };
}
