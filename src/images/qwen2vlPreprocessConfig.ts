import { z } from "zod";
import { UserError } from "../files/userError.ts";
import type { Qwen2VLPreprocessConfig } from "./qwen2vlPreprocess.ts";

const triple = z.array(z.number()).length(3);
const side = z.int().min(1).max(256), area = z.int().min(1).max(100_000_000);

const schema = z.object({
  patch_size: side, merge_size: side, temporal_patch_size: side,
  min_pixels: area, max_pixels: area, image_mean: triple, image_std: triple,
});

/** Reads a published preprocessor_config.json (parsed); a UserError naming `path` and each setting that is missing or of another kind. */
export function parseQwen2VLPreprocess(json: unknown, path: string): Qwen2VLPreprocessConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new UserError(`${path}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`);
  const { patch_size, merge_size, temporal_patch_size, min_pixels, max_pixels, image_mean, image_std } = parsed.data;
  return { patchSize: patch_size, mergeSize: merge_size, temporalPatchSize: temporal_patch_size, minPixels: min_pixels, maxPixels: max_pixels, normalisation: { mean: image_mean, std: image_std } };
}
