import { z } from "zod";
import { UserError } from "../files/userError.ts";
import type { Qwen2VLPreprocessConfig } from "./qwen2vlPreprocess.ts";

const triple = z.array(z.number()).length(3);

const schema = z.object({
  patch_size: z.int().positive(), merge_size: z.int().positive(), temporal_patch_size: z.int().positive(),
  min_pixels: z.int().positive(), max_pixels: z.int().positive(), image_mean: triple, image_std: triple,
});

/** Reads a published preprocessor_config.json (parsed); a UserError naming `path` and each setting that is missing or of another kind. */
export function parseQwen2VLPreprocess(json: unknown, path: string): Qwen2VLPreprocessConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new UserError(`${path}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`);
  const { patch_size, merge_size, temporal_patch_size, min_pixels, max_pixels, image_mean, image_std } = parsed.data;
  return { patchSize: patch_size, mergeSize: merge_size, temporalPatchSize: temporal_patch_size, minPixels: min_pixels, maxPixels: max_pixels, normalisation: { mean: image_mean, std: image_std } };
}
