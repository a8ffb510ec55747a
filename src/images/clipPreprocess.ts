import type { Image } from "./image.ts";
import { CLIP_NORMALISATION, toNormalisedChannels } from "./normalise.ts";
import { resizeBicubicLikePillow } from "./resize.ts";

/** The middle `side` x `side` pixels of an image at least as large, the odd pixel left over going to the right and bottom. */
export function centreCrop(image: Image, side: number): Image {
  const left = Math.floor((image.width - side) / 2), top = Math.floor((image.height - side) / 2);
  const data = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const start = ((top + y) * image.width + left) * 3;
    data.set(image.data.subarray(start, start + side * 3), y * side * 3);
  }
  return { width: side, height: side, data };
}

/** CLIP's pixel values [3, side, side] (transformers' CLIPImageProcessor): shortest side to `side`, centre crop, CLIP's mean and deviation. */
export function clipPreprocess(image: Image, side = 224): Float32Array {
  const { width, height } = image;
  const [w, h] = width <= height ? [side, Math.trunc((side * height) / width)] : [Math.trunc((side * width) / height), side];
  return toNormalisedChannels(centreCrop(resizeBicubicLikePillow(image, w, h), side), CLIP_NORMALISATION);
}
