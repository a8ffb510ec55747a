/** What configurations tell of a profile's models: no weights are needed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readJson } from "../files/json.ts";
import { gridSide, parseEvaVitConfig } from "../models/evaVit/config.ts";
import { parseFluxConfig } from "../models/flux/config.ts";
import { parseQwen2VLConfig } from "../models/qwen2vl/config.ts";
import type { ModelRole, Profile } from "./profile.ts";
import { paperModels, paperParts, type PublishedModel } from "./profiles/paperModels.ts";

/** Words of a message beside its pictures. */
export const messageTokens = 200;

/** config.json of a role: the profile's own where it is there, else the published one. */
export function configOf({ models }: Pick<Profile, "models">, role: ModelRole): unknown {
  const own = join(models[role], "config.json"), published: PublishedModel = paperModels[paperParts[role]];
  return readJson(existsSync(own) ? own : fileURLToPath(new URL(`../../${published.weights!.config}`, import.meta.url)));
}

/** Merged patches that the LVLM reads of a picture with sides of so many pixels. */
export function patchesOf(profile: Profile, side: number): number {
  const { patch_size, spatial_merge_size } = parseQwen2VLConfig(configOf(profile, "lvlm")).vision_config;
  return Math.max(1, Math.round(side / (patch_size * spatial_merge_size))) ** 2;
}

/** Tokens that an aligner of ThinkDiff-CLIP gets of a picture. */
export function visionTokens(profile: Profile): number {
  return 1 + Math.floor(gridSide(parseEvaVitConfig(configOf(profile, "vision"))) / 2) ** 2;
}

/** Bytes of so many of FLUX's text features. */
export const featureBytes = (profile: Profile, tokens: number): number => 4 * tokens * parseFluxConfig(configOf(profile, "flux")).textWidth;
