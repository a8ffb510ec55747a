import type { Image } from "./image.ts";
import { CLIP_NORMALISATION, toNormalisedChannels } from "./normalise.ts";
import { resizeBicubicLikePillow } from "./resize.ts";

/** BLIP-2's pixel values [3, side, side] (transformers' BlipImageProcessor): both sides to `side`, no crop, CLIP's mean and deviation. */
export function blip2Preprocess(image: Image, side = 224): Float32Array {
  return toNormalisedChannels(resizeBicubicLikePillow(image, side, side), CLIP_NORMALISATION);
}
