import { CLIP_NORMALISATION } from "../images/normalise.ts";
import type { Qwen2VLPreprocessConfig } from "../images/qwen2vlPreprocess.ts";

/** Pixel area of the micro world's pictures. */
const area = 64 * 64;

/** How the micro LVLM reads pictures: 64 x 64 pixels in patches of 8, four merged into one: 16 tokens. */
export const microPreprocess: Qwen2VLPreprocessConfig = { patchSize: 8, mergeSize: 2, temporalPatchSize: 2, minPixels: area, maxPixels: area, normalisation: CLIP_NORMALISATION };
