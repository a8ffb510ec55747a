/** From scaled latents to pictures, outside any graph. */
import type { Executor, Program, Weights } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import type { Image } from "../../images/image.ts";
import { add, input, maximum, minimum, mul } from "../../ops/index.ts";
import { WeightScope } from "../weights.ts";
import { decode, unscaleLatent } from "./autoencoder.ts";
import type { AutoencoderConfig } from "./config.ts";

/** `decoded` is the decoder's output, `image` the same in [0, 1], both [B, 3, H, W], of an input "scaled_latent" [B, C, h, w]. */
export type DecoderProgram = Program<"decoded" | "image">;

/** The decoder for latents of `height` x `width` pixels. */
export function compileDecoder(executor: Executor, config: AutoencoderConfig, weights: Weights, height: number, width: number): Promise<DecoderProgram> {
  const decoded = decode(new WeightScope(), config, unscaleLatent(config, input("scaled_latent", ["B", config.latentChannels, height, width])));
  return executor.compile({ decoded, image: minimum(maximum(add(mul(decoded, 0.5), 0.5), 0), 1) }, weights, { together: true });
}

/** Pictures of scaled latents [C, h, w], decoded one by one: activations are large. */
export async function decodeLatents(program: DecoderProgram, latents: readonly Tensor[]): Promise<Image[]> {
  const images: Image[] = [];
  for (const latent of latents) {
    const { image: { shape: [, , height, width], data } } = await program.run({ scaled_latent: floats([1, ...latent.shape], latent.data as Float32Array) });
    images.push(toImage(data as Float32Array, height!, width!));
  }
  return images;
}

/** RGB bytes of channels [3, H, W] in [0, 1]. */
function toImage(channels: Float32Array, height: number, width: number): Image {
  const area = height * width, data = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) data[3 * i + c] = Math.round(255 * channels[c * area + i]!);
  return { width, height, data };
}
