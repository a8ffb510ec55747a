/**
 * Building blocks of AutoencoderKL (Rombach et al. 2022; reference: diffusers' ResnetBlock2D, UNetMidBlock2D, Attention).
 * Axes: B batch, C channels, H height, W width.
 */
import type { Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, conv2d, reshape, transpose } from "../../ops/index.ts";
import { activation } from "../layers/activations.ts";
import { attend } from "../layers/attention.ts";
import { linear } from "../layers/linear.ts";
import { groupNorm } from "../layers/norms.ts";
import type { WeightScope } from "../weights.ts";
import type { AutoencoderConfig } from "./config.ts";

const channelsOf = (x: Value): number => x.shape[1] as number;

/** Convolution with bias: `weight` [out, C, kernel, kernel]; padded to keep the size unless told (top, left, bottom, right). */
export function convolution(x: Value, weights: WeightScope, out: number, kernel: number, stride = 1, padding?: readonly [number, number, number, number]): Value {
  const same = (kernel - 1) / 2;
  const y = conv2d(x, weights.param("weight", [out, channelsOf(x), kernel, kernel]), { stride, padding: padding ?? [same, same, same, same] });
  return add(y, reshape(weights.param("bias", [out]), [out, 1, 1]));
}

/** Group norm, then the activation. */
export const normActivate = (x: Value, weights: WeightScope, config: AutoencoderConfig): Value =>
  activation(config.activation)(groupNorm(x, weights, config.groups, config.normEps));

/** Two convolutions beside a shortcut: [B, C, H, W] -> [B, out, H, W]. */
export function resnetBlock(x: Value, weights: WeightScope, config: AutoencoderConfig, out: number): Value {
  const hidden = convolution(normActivate(x, weights.at("norm1"), config), weights.at("conv1"), out, 3);
  const residual = convolution(normActivate(hidden, weights.at("norm2"), config), weights.at("conv2"), out, 3);
  return add(channelsOf(x) === out ? x : convolution(x, weights.at("conv_shortcut"), out, 1), residual);
}

/** Attention among all pixels, one head as wide as the channels. */
function pixelAttention(x: Value, weights: WeightScope, config: AutoencoderConfig): Value {
  const [B, C, H, W] = x.shape as readonly [Dim, number, number, number];
  const normed = groupNorm(x, weights.at("group_norm"), config.groups, config.normEps);
  const pixels = transpose(reshape(normed, [B, C, H * W]), [0, 2, 1]); // [B, H*W, C]
  const [q, k, v] = ["to_q", "to_k", "to_v"].map((name) => linear(pixels, weights.at(name), C)) as [Value, Value, Value];
  const mixed = linear(attend(q, k, v, { scale: C ** -0.5 }), weights.at("to_out.0"), C);
  return add(x, reshape(transpose(mixed, [0, 2, 1]), [B, C, H, W]));
}

/** The block at the latent's resolution: residual block, attention where configured, residual block. */
export function midBlock(x: Value, weights: WeightScope, config: AutoencoderConfig): Value {
  const first = resnetBlock(x, weights.at("resnets.0"), config, channelsOf(x));
  const mixed = config.midAttention ? pixelAttention(first, weights.at("attentions.0"), config) : first;
  return resnetBlock(mixed, weights.at("resnets.1"), config, channelsOf(x));
}
