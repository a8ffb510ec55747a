/**
 * Qwen2-VL's image preprocessing (Wang et al. 2024, section 2.1; transformers' Qwen2VLImageProcessor): any size near its own
 * resolution, cut into patches. Axes: P patches, p patch side in pixels, m merge side in patches.
 */
import { UserError } from "../files/userError.ts";
import type { Image } from "./image.ts";
import { CLIP_NORMALISATION, toNormalisedChannels, type Normalisation } from "./normalise.ts";
import { resizeBicubicLikePillow } from "./resize.ts";

/** Fields of the published preprocessor_config.json. */
export interface Qwen2VLPreprocessConfig {
  readonly patchSize: number;
  readonly mergeSize: number;
  readonly temporalPatchSize: number;
  readonly minPixels: number;
  readonly maxPixels: number;
  readonly normalisation: Normalisation;
}

/** Qwen2-VL-7B-Instruct's published values. */
export const QWEN2_VL_PREPROCESS: Qwen2VLPreprocessConfig = {
  patchSize: 14, mergeSize: 2, temporalPatchSize: 2, minPixels: 56 * 56, maxPixels: 28 * 28 * 16384, normalisation: CLIP_NORMALISATION,
};

const MAX_ASPECT = 200;

/** Rounds halves to even, as Python does. */
function roundHalfEven(x: number): number {
  const low = Math.floor(x), rest = x - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

/** The size [height, width] near the given one whose sides are multiples of `factor` and whose area lies within the bounds; a UserError beyond an aspect of 200. */
export function smartResize(height: number, width: number, factor: number, minPixels: number, maxPixels: number): [height: number, width: number] {
  if (Math.max(height, width) / Math.min(height, width) > MAX_ASPECT) {
    throw new UserError(`image of ${width} x ${height} pixels: its sides differ by more than ${MAX_ASPECT} times, which Qwen2-VL does not take; crop it`);
  }
  const rounded = [height, width].map((side) => roundHalfEven(side / factor) * factor) as [number, number];
  const area = rounded[0] * rounded[1];
  if (area > maxPixels) {
    const shrink = Math.sqrt((height * width) / maxPixels);
    return [height, width].map((side) => Math.max(factor, Math.floor(side / shrink / factor) * factor)) as [number, number];
  }
  if (area < minPixels) {
    const enlarge = Math.sqrt(minPixels / (height * width));
    return [height, width].map((side) => Math.ceil((side * enlarge) / factor) * factor) as [number, number];
  }
  // A side under half a factor rounds to 0 where the area bound allows it; transformers fails there.
  return rounded.map((side) => Math.max(factor, side)) as [number, number];
}

export interface Qwen2VLPixels {
  /** [P, 3 * temporalPatchSize * p * p]: patches grouped by m x m neighbours; within one: channel, frame, row, column. */
  readonly pixelValues: Float32Array;
  readonly patches: number;
  readonly patchValues: number;
  /** Frames, rows and columns in patches. */
  readonly gridThw: readonly [1, number, number];
  readonly resized: Image;
}

/** Flattened patches and grid of one image; the still image stands for every frame of its temporal patch. */
export function qwen2vlPreprocess(image: Image, config: Qwen2VLPreprocessConfig = QWEN2_VL_PREPROCESS): Qwen2VLPixels {
  const { patchSize: p, mergeSize: m, temporalPatchSize: frames } = config;
  const [height, width] = smartResize(image.height, image.width, p * m, config.minPixels, config.maxPixels);
  const resized = resizeBicubicLikePillow(image, width, height);
  const channels = toNormalisedChannels(resized, config.normalisation);
  const rows = height / p, columns = width / p, patchValues = 3 * frames * p * p;
  const pixelValues = new Float32Array(rows * columns * patchValues);
  let at = 0;
  const copyPatch = (row: number, column: number): void => {
    for (let c = 0; c < 3; c++) {
      for (let frame = 0; frame < frames; frame++) {
        for (let y = 0; y < p; y++, at += p) {
          const start = (c * height + row * p + y) * width + column * p;
          pixelValues.set(channels.subarray(start, start + p), at);
        }
      }
    }
  };
  for (let row = 0; row < rows; row += m) {
    for (let column = 0; column < columns; column += m) {
      for (let i = 0; i < m * m; i++) copyPatch(row + Math.floor(i / m), column + (i % m));
    }
  }
  return { pixelValues, patches: rows * columns, patchValues, gridThw: [1, rows, columns], resized };
}
