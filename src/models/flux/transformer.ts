/**
 * The FLUX transformer, a rectified-flow velocity model over packed latents (Black Forest Labs 2024; Esser et al. 2024,
 * "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis"; reference: diffusers' FluxTransformer2DModel).
 * Axes: B batch, T text tokens, P image tokens (all may be symbols), C channels of a packed latent, D width. Text comes first.
 */
import type { Value } from "../../graph/value.ts";
import { concat, slice, split, unsqueeze, zeros } from "../../ops/index.ts";
import { silu } from "../layers/activations.ts";
import { keyMaskBias } from "../layers/attention.ts";
import { linear } from "../layers/linear.ts";
import type { WeightScope } from "../weights.ts";
import { doubleBlock, modulate, singleBlock, type BlockContext, type Streams } from "./blocks.ts";
import { timeTextEmbed } from "./conditioning.ts";
import type { FluxConfig } from "./config.ts";
import { joinTables, restingTables, rotaryTables, type Rotary } from "./rotary.ts";

export interface FluxInputs {
  /** Packed noisy latents [B, P, C]. */
  readonly hiddenStates: Value;
  /** Text features [B, T, textWidth]. */
  readonly encoderHiddenStates: Value;
  /** Pooled text [B, pooledWidth]. */
  readonly pooled: Value;
  /** Sigma in [0, 1], [B]. */
  readonly timestep: Value;
  /** Plain guidance scale [B]; given exactly where the configuration embeds it. */
  readonly guidance?: Value | undefined;
  /** (0, row, column) of each image token, float32 [P, 3]. */
  readonly imgIds: Value;
  /** The same of text tokens [T, 3]; left out, they are zero, which costs less. */
  readonly txtIds?: Value | undefined;
  /** Which text tokens exist, int32 or bool [B, T]; nobody attends to the others. */
  readonly textMask?: Value | undefined;
}

export interface FluxOutputs {
  /** The predicted velocity, noise minus image: [B, P, C]. */
  readonly velocity: Value;
  readonly timeTextEmbed: Value;
  readonly rotary: Rotary;
  /** Each double block's streams, and each single block's sequence of text then image. */
  readonly double: readonly Streams[];
  readonly single: readonly Value[];
}

/** The velocity at a noise level, with every block's output beside it; throws where guidance is given and not embedded, or the reverse. */
export function fluxTransformer(weights: WeightScope, config: FluxConfig, inputs: FluxInputs): FluxOutputs {
  const { hiddenStates, encoderHiddenStates, textMask } = inputs, { width } = config;
  const [B, T] = encoderHiddenStates.shape as [Value["shape"][number], Value["shape"][number]], P = hiddenStates.shape[1]!;
  const embedded = timeTextEmbed(weights.at("time_text_embed"), config, inputs.timestep, inputs.guidance, inputs.pooled);
  const conditioning = silu(embedded); // [B, D]

  const imageRotary = rotaryTables(inputs.imgIds, config.rotaryAxes);
  const textRotary = inputs.txtIds && rotaryTables(inputs.txtIds, config.rotaryAxes);
  const rotary = joinTables(textRotary ?? restingTables(T, config.headDim), imageRotary);
  const bias = textMask && concat([keyMaskBias(textMask), zeros([B, 1, 1, P])], 3); // [B, 1, 1, T+P]
  const context: BlockContext = { config, conditioning, textRotary, imageRotary, rotary, bias };

  let streams: Streams = {
    image: linear(hiddenStates, weights.at("x_embedder"), width),
    text: linear(encoderHiddenStates, weights.at("context_embedder"), width),
  };
  const double = Array.from({ length: config.doubleBlocks }, (_, i) => (streams = doubleBlock(weights.at("transformer_blocks").at(i), streams, context)));
  let joined = concat([streams.text, streams.image], 1); // [B, T+P, D]
  const single = Array.from({ length: config.singleBlocks }, (_, i) => (joined = singleBlock(weights.at("single_transformer_blocks").at(i), joined, context)));

  const [scale, shift] = split(unsqueeze(linear(conditioning, weights.at("norm_out.linear"), 2 * width), 1), 2, 2) as [Value, Value];
  const image = modulate(slice(joined, 1, T, P), scale, shift);
  return { velocity: linear(image, weights.at("proj_out"), config.outChannels), timeTextEmbed: embedded, rotary, double, single };
}
