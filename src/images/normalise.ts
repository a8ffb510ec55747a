import type { Image } from "./image.ts";

/** Per channel: red, green, blue. */
export interface Normalisation { readonly mean: readonly number[]; readonly std: readonly number[] }

/** The mean and standard deviation of CLIP's training images, also BLIP-2's and Qwen2-VL's. */
export const CLIP_NORMALISATION: Normalisation = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/** An image as float32 [3, H, W]: each level / 255, less the mean, over the standard deviation. */
export function toNormalisedChannels({ width, height, data }: Image, { mean, std }: Normalisation): Float32Array {
  const pixels = width * height, out = new Float32Array(3 * pixels);
  for (let c = 0; c < 3; c++) {
    const levels = Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean[c]!) / std[c]!);
    for (let i = 0; i < pixels; i++) out[c * pixels + i] = levels[data[3 * i + c]!]!;
  }
  return out;
}
