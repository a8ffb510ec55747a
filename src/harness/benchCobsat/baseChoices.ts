/** What the base models' makers chose and the claims depend on, read from the models themselves. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readCheckpointTensorAsFloat32 } from "../../weights/checkpoint.ts";
import type { OpenedT5 } from "../models.ts";

/** The weights of T5's final encoder norm in words: their median and the spread of their logarithm. */
export function finalNormInWords({ checkpoint }: OpenedT5): string {
  const weights = readCheckpointTensorAsFloat32(checkpoint, "encoder.final_layer_norm.weight").map(Math.abs).sort(), median = weights[weights.length >> 1]!;
  const logs = Array.from(weights, (w) => Math.log(Math.max(w, 1e-12))), mean = logs.reduce((a, b) => a + b, 0) / logs.length;
  return `weights of median ${median.toPrecision(3)}, standard deviation of their logarithm ${Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / logs.length).toPrecision(2)}`;
}

/** The sentences about noise in a model's card (README.md beside its weights); undefined where there are none. */
export function noiseInWords(folder: string): string | undefined {
  const card = join(folder, "README.md"), text = existsSync(card) ? readFileSync(card, "utf8").split(/^\|/m)[0]!.replace(/^#.*$/m, "") : "";
  const sentences = text.replace(/\s+/g, " ").trim().split(/(?<=\.) (?=[A-Z])/).filter((sentence) => /nois|disturb|mixed|clean/i.test(sentence));
  return sentences.length > 0 ? sentences.join(" ") : undefined;
}
