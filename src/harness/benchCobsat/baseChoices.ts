/** What the base models' makers chose and the claims depend on, read from the models themselves. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Disturbance } from "../../micro/pretraining/stateDisturbance.ts";
import { readJsonObject } from "../../text/tokenizer.ts";
import { readCheckpointTensorAsFloat32 } from "../../weights/checkpoint.ts";
import type { OpenedT5 } from "../models.ts";

/** The weights of T5's final encoder norm in words: their median and the spread of their logarithm. */
export function finalNormInWords({ checkpoint }: OpenedT5): string {
  const weights = readCheckpointTensorAsFloat32(checkpoint, "encoder.final_layer_norm.weight").map(Math.abs).sort(), median = weights[weights.length >> 1]!;
  const logs = Array.from(weights, (w) => Math.log(Math.max(w, 1e-12))), mean = logs.reduce((a, b) => a + b, 0) / logs.length;
  return `weights of median ${median.toPrecision(3)}, standard deviation of their logarithm ${Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logs.length).toPrecision(2)}`;
}

const recipeSchema = z.object({ conditioningDisturbance: z.object({ clean: z.number(), independent: z.number(), shared: z.number(), mixed: z.number(), foreign: z.number() }) });

/** How T5's states were disturbed while a FLUX was trained, from recipe.json beside its weights; "not recorded" where there is none that says so. */
export function conditioningNoise(folder: string): Disturbance | "not recorded" {
  const file = join(folder, "recipe.json"), parsed = recipeSchema.safeParse(existsSync(file) ? readJsonObject(file) : undefined);
  return parsed.success ? parsed.data.conditioningDisturbance : "not recorded";
}
