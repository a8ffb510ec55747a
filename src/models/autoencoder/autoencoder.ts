/**
 * AutoencoderKL, the latent space of FLUX (Rombach et al. 2022, "High-Resolution Image Synthesis with Latent Diffusion Models";
 * reference: diffusers' AutoencoderKL, Encoder, Decoder).
 * Axes: B batch (may be a symbol), H and W image pixels (numbers), h and w latent pixels, C latent channels.
 */
import type { Value } from "../../graph/value.ts";
import { add, div, maximum, minimum, mul, split, sub, upsample2x } from "../../ops/index.ts";
import type { WeightScope } from "../weights.ts";
import { convolution, midBlock, normActivate, resnetBlock } from "./blocks.ts";
import { downsampling, type AutoencoderConfig } from "./config.ts";

/** The log variance is kept within these bounds, as in the reference. */
const LOGVAR_RANGE = [-30, 20] as const;

export interface Posterior { readonly mean: Value; readonly logvar: Value }

/** Image [B, 3, H, W] in [-1, 1] to the latent's normal distribution, mean and log variance [B, C, h, w]; throws where a side is not a multiple of the down-sampling. */
export function encode(weights: WeightScope, config: AutoencoderConfig, image: Value): Posterior {
  const multiple = downsampling(config);
  for (const side of image.shape.slice(2)) {
    if (typeof side !== "number" || side % multiple !== 0) throw new Error(`the autoencoder takes images whose sides are multiples of ${multiple}, found [${image.shape.join(", ")}]`);
  }
  const encoder = weights.at("encoder"), { channels } = config;
  let x = convolution(image, encoder.at("conv_in"), channels[0]!, 3);
  channels.forEach((out, i) => {
    const block = encoder.at("down_blocks").at(i);
    for (let j = 0; j < config.layersPerBlock; j++) x = resnetBlock(x, block.at("resnets").at(j), config, out);
    // Padded on the right and bottom only.
    if (i < channels.length - 1) x = convolution(x, block.at("downsamplers.0.conv"), out, 3, 2, [0, 0, 1, 1]);
  });
  x = normActivate(midBlock(x, encoder.at("mid_block"), config), encoder.at("conv_norm_out"), config);
  x = convolution(x, encoder.at("conv_out"), 2 * config.latentChannels, 3); // [B, 2 C, h, w]
  if (config.quantConv) x = convolution(x, weights.at("quant_conv"), 2 * config.latentChannels, 1);
  const [mean, logvar] = split(x, 1, 2) as [Value, Value];
  return { mean, logvar: minimum(maximum(logvar, LOGVAR_RANGE[0]), LOGVAR_RANGE[1]) };
}

/** Latent [B, C, h, w], unscaled, to image [B, 3, H, W], about [-1, 1]. */
export function decode(weights: WeightScope, config: AutoencoderConfig, latent: Value): Value {
  const decoder = weights.at("decoder"), channels = config.channels.toReversed();
  let x = config.postQuantConv ? convolution(latent, weights.at("post_quant_conv"), config.latentChannels, 1) : latent;
  x = convolution(x, decoder.at("conv_in"), channels[0]!, 3);
  x = midBlock(x, decoder.at("mid_block"), config);
  channels.forEach((out, i) => {
    const block = decoder.at("up_blocks").at(i);
    for (let j = 0; j <= config.layersPerBlock; j++) x = resnetBlock(x, block.at("resnets").at(j), config, out);
    if (i < channels.length - 1) x = convolution(upsample2x(x), block.at("upsamplers.0.conv"), out, 3);
  });
  return convolution(normActivate(x, decoder.at("conv_norm_out"), config), decoder.at("conv_out"), config.outChannels, 3);
}

/** A latent as diffusion sees it: (latent - shift) * scaling. */
export const scaleLatent = (config: AutoencoderConfig, latent: Value): Value => mul(sub(latent, config.shift), config.scaling);

/** The inverse of scaleLatent. */
export const unscaleLatent = (config: AutoencoderConfig, scaled: Value): Value => add(div(scaled, config.scaling), config.shift);
