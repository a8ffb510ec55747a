/** How long texts are, as runs that were recorded tell. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadTokenizer } from "../../text/tokenizer.ts";
import type { ModelRole, Profile } from "../profile.ts";
import { readSamples, samplesFile } from "../runs/samples.ts";

/** Tokens of the longest text of a batch, end included, on average over the texts of an arm in the run folder or else in the profile's reference run; undefined where neither has any. */
export function recordedTokens(profile: Profile, out: string, arm: string, role: ModelRole, batch: number): number | undefined {
  const folder = [out, fileURLToPath(new URL(`../../../reports/reference/cobsat-${profile.name}`, import.meta.url))].find((place) => existsSync(samplesFile(place)));
  if (folder === undefined || !existsSync(join(profile.models[role], "tokenizer.json"))) return undefined;
  const tokenizer = loadTokenizer(profile.models[role]), texts = [...readSamples(folder).values()].flatMap((sample) => (sample.arm === arm && sample.text !== undefined ? [sample.text] : []));
  const lengths = texts.map((text) => tokenizer.encode(text, { special: false }).length + 1), batches = Math.ceil(lengths.length / batch);
  if (batches === 0) return undefined;
  return Math.ceil(Array.from({ length: batches }, (_, b) => Math.max(...lengths.slice(b * batch, (b + 1) * batch))).reduce((a, b) => a + b, 0) / batches);
}
