/**
 * The blocks of FLUX: two streams joined in attention, then one (reference: diffusers' FluxTransformerBlock, FluxSingleTransformerBlock).
 * Axes: B batch, T text tokens, P image tokens, D width, H heads, d head width.
 */
import type { Value } from "../../graph/value.ts";
import { add, concat, geluTanh, layerNormalise, mul, rmsNormalise, slice, split, unsqueeze } from "../../ops/index.ts";
import { attend, mergeHeads, splitHeads } from "../layers/attention.ts";
import { linear, linearOfParts } from "../layers/linear.ts";
import type { WeightScope } from "../weights.ts";
import type { FluxConfig } from "./config.ts";
import { rotate, type Rotary } from "./rotary.ts";

const EPS = 1e-6;

export interface Streams { readonly text: Value; readonly image: Value }

/** What all blocks share: the activated conditioning vector [B, D], rotary tables (undefined where nothing turns) and the mask's additive bias over keys. */
export interface BlockContext {
  readonly config: FluxConfig;
  readonly conditioning: Value;
  readonly textRotary: Rotary | undefined;
  readonly imageRotary: Rotary;
  readonly rotary: Rotary;
  readonly bias: Value | undefined;
}

/** `count` vectors [B, 1, D] predicted from the conditioning. */
const modulation = (weights: WeightScope, { conditioning, config }: BlockContext, count: number): Value[] =>
  split(unsqueeze(linear(conditioning, weights.at("linear"), count * config.width), 1), 2, count);

/** Layer norm without weights, then x (1 + scale) + shift. */
export const modulate = (x: Value, scale: Value, shift: Value): Value => add(mul(layerNormalise(x, EPS), add(scale, 1)), shift);

/** Queries, keys and values [B, H, tokens, d] of one stream; names are those of the layers and norms. */
function projections(x: Value, weights: WeightScope, names: readonly [q: string, k: string, v: string, normQ: string, normK: string], { config }: BlockContext, rotary: Rotary | undefined): [Value, Value, Value] {
  const [q, k, v] = names.slice(0, 3).map((name) => splitHeads(linear(x, weights.at(name), config.width), config.heads)) as [Value, Value, Value];
  const placed = (heads: Value, norm: string, scale: number): Value => {
    const own = weights.at(norm).param("weight", [config.headDim]), weight = scale === 1 ? own : mul(own, scale);
    const normed = rmsNormalise(heads, EPS);
    return rotary ? rotate(normed, weight, rotary) : mul(normed, weight);
  };
  return [placed(q, names[3], config.headDim ** -0.5), placed(k, names[4], 1), v];
}

const feedForward = (x: Value, weights: WeightScope, width: number): Value =>
  linear(geluTanh(linear(x, weights.at("net.0.proj"), 4 * width)), weights.at("net.2"), width);

/** Text [B, T, D] and image [B, P, D], each with its own weights, attending to both. */
export function doubleBlock(weights: WeightScope, { text, image }: Streams, context: BlockContext): Streams {
  const { width } = context.config, attention = weights.at("attn");
  const [shift, scale, gate, shiftMlp, scaleMlp, gateMlp] = modulation(weights.at("norm1"), context, 6) as [Value, Value, Value, Value, Value, Value];
  const [textShift, textScale, textGate, textShiftMlp, textScaleMlp, textGateMlp] = modulation(weights.at("norm1_context"), context, 6) as [Value, Value, Value, Value, Value, Value];

  const ofImage = projections(modulate(image, scale, shift), attention, ["to_q", "to_k", "to_v", "norm_q", "norm_k"], context, context.imageRotary);
  const ofText = projections(modulate(text, textScale, textShift), attention, ["add_q_proj", "add_k_proj", "add_v_proj", "norm_added_q", "norm_added_k"], context, context.textRotary);
  const [q, k, v] = ofText.map((x, i) => concat([x, ofImage[i]!], 2)) as [Value, Value, Value]; // [B, H, T+P, d]
  const mixed = mergeHeads(attend(q, k, v, { bias: context.bias })); // [B, T+P, D]
  const [T, P] = [text.shape[1]!, image.shape[1]!];
  const imageMixed = linear(slice(mixed, 1, T, P), attention.at("to_out.0"), width);
  const textMixed = linear(slice(mixed, 1, 0, T), attention.at("to_add_out"), width);

  const imageNow = add(image, mul(gate, imageMixed)), textNow = add(text, mul(textGate, textMixed));
  return {
    image: add(imageNow, mul(gateMlp, feedForward(modulate(imageNow, scaleMlp, shiftMlp), weights.at("ff"), width))),
    text: add(textNow, mul(textGateMlp, feedForward(modulate(textNow, textScaleMlp, textShiftMlp), weights.at("ff_context"), width))),
  };
}

/** Text and image as one sequence [B, T+P, D]; attention and the feed-forward layer run side by side. */
export function singleBlock(weights: WeightScope, x: Value, context: BlockContext): Value {
  const { width } = context.config;
  const [shift, scale, gate] = modulation(weights.at("norm"), context, 3) as [Value, Value, Value];
  const normed = modulate(x, scale, shift);
  const [q, k, v] = projections(normed, weights.at("attn"), ["to_q", "to_k", "to_v", "norm_q", "norm_k"], context, context.rotary);
  const mixed = mergeHeads(attend(q, k, v, { bias: context.bias }));
  const hidden = geluTanh(linear(normed, weights.at("proj_mlp"), 4 * width));
  return add(x, mul(gate, linearOfParts([mixed, hidden], weights.at("proj_out"), width)));
}
