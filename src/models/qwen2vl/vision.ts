/**
 * Qwen2-VL's vision tower and merger (Wang et al., 2024, section 2.1; transformers' Qwen2VisionTransformerPretrainedModel).
 * Axes: I images, P patches an image (4 M where 2 x 2 patches merge), E tower width, D decoder width. Patches come in the
 * preprocessor's order, in which the patches that merge are neighbours. Attention stays within an image, so each image is a
 * row of the batch; images of different sizes are padded to the longest, with a mask.
 */
import { mulDims, type Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, matmul, reshape, split } from "../../ops/index.ts";
import { activation, gelu } from "../layers/activations.ts";
import { attend, keyMaskBias, mergeHeads, splitHeads } from "../layers/attention.ts";
import { linear } from "../layers/linear.ts";
import { layerNorm } from "../layers/norms.ts";
import type { WeightScope } from "../weights.ts";
import { patchWidth, type Qwen2VLVisionConfig } from "./config.ts";
import { rotate, visionRotary, type Rotary } from "./rotary.ts";

/** The tower's norms have this whatever the configuration says. */
const EPS = 1e-6;

export interface VisionInputs {
  /** float32 [I, 4 M, C*frames*p*p]. */
  readonly patches: Value;
  /** int32 (row, column) [I, 4 M, 2], or [1, 4 M, 2] where all images have the same grid. */
  readonly positions: Value;
  /** int32 [I, 4 M], 1 for patches; needed only where images differ in size. */
  readonly mask?: Value;
}

export interface VisionOutputs {
  /** Patch embeddings [I, 4 M, E]. */
  readonly embeddings: Value;
  /** The residual stream after each block, [I, 4 M, E]. */
  readonly blocks: readonly Value[];
  /** Image features, one for each 2 x 2 patches: [I*M, D]. */
  readonly merged: Value;
}

function patchEmbedding(weights: WeightScope, config: Qwen2VLVisionConfig, patches: Value): Value {
  const { embed_dim, in_channels, temporal_patch_size, patch_size } = config;
  const kernel = weights.param("proj.weight", [embed_dim, in_channels, temporal_patch_size, patch_size, patch_size]);
  return matmul(patches, reshape(kernel, [embed_dim, patchWidth(config)]), { transposeB: true });
}

function attention(weights: WeightScope, { embed_dim, num_heads }: Qwen2VLVisionConfig, x: Value, rotary: Rotary, bias: Value | undefined): Value {
  const [q, k, v] = split(linear(x, weights.at("qkv"), 3 * embed_dim), 2, 3).map((part) => splitHeads(part, num_heads)) as [Value, Value, Value];
  const mixed = attend(rotate(q, rotary), rotate(k, rotary), v, { scale: (embed_dim / num_heads) ** -0.5, bias });
  return linear(mergeHeads(mixed), weights.at("proj"), embed_dim);
}

function block(weights: WeightScope, config: Qwen2VLVisionConfig, x: Value, rotary: Rotary, bias: Value | undefined): Value {
  const { embed_dim, hidden_act, mlp_ratio } = config;
  const y = add(x, attention(weights.at("attn"), config, layerNorm(x, weights.at("norm1"), EPS), rotary, bias));
  const hidden = activation(hidden_act)(linear(layerNorm(y, weights.at("norm2"), EPS), weights.at("mlp.fc1"), Math.floor(embed_dim * mlp_ratio)));
  return add(y, linear(hidden, weights.at("mlp.fc2"), embed_dim));
}

function merger(weights: WeightScope, { embed_dim, hidden_size, spatial_merge_size }: Qwen2VLVisionConfig, x: Value, features: Dim): Value {
  const joined = embed_dim * spatial_merge_size ** 2;
  const neighbours = reshape(layerNorm(x, weights.at("ln_q"), EPS), [features, joined]);   // [I*M, 4 E]
  return linear(gelu(linear(neighbours, weights.at("mlp.0"), joined)), weights.at("mlp.2"), hidden_size);
}

/** Image features of flattened patches; `weights` is the checkpoint's "visual" scope. */
export function visionTower(weights: WeightScope, config: Qwen2VLVisionConfig, { patches, positions, mask }: VisionInputs): VisionOutputs {
  const rotary = visionRotary(positions, config.embed_dim / config.num_heads);
  const bias = mask && keyMaskBias(mask);
  const embeddings = patchEmbedding(weights.at("patch_embed"), config, patches);
  const blocks: Value[] = [];
  for (let i = 0; i < config.depth; i++) blocks.push(block(weights.at("blocks").at(i), config, blocks.at(-1) ?? embeddings, rotary, bias));
  const [I, P] = patches.shape as readonly [Dim, Dim, number];
  return { embeddings, blocks, merged: merger(weights.at("merger"), config, blocks.at(-1)!, mulDims(I, mergedPatches(P, config))) };
}

/** P / mergeSize^2 for a number or a dimension written as a multiple, such as "4*M". */
function mergedPatches(P: Dim, { spatial_merge_size }: Qwen2VLVisionConfig): Dim {
  const group = spatial_merge_size ** 2;
  const merged = typeof P === "number" ? P / group : P.startsWith(`${group}*`) ? P.slice(`${group}*`.length) : NaN;
  if (merged === 1 || typeof merged === "string" || Number.isInteger(merged)) return merged;
  throw new Error(`patches an image must be a multiple of ${group}, written "${group}*M" where not a number, found ${P}`);
}
