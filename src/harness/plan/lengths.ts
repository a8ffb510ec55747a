/** How long texts are, as runs that were recorded tell. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadTokenizer, type TextTokenizer } from "../../text/tokenizer.ts";
import { composeSchema } from "../benchCompose/lines.ts";
import type { ModelRole, Profile } from "../profile.ts";
import { readLines, readSamples, samplesFile } from "../runs/samples.ts";

/** The run folder, or else the profile's reference run of a benchmark; undefined where neither has samples. */
const recordedIn = (profile: Profile, out: string, benchmark: string): string | undefined =>
  [out, fileURLToPath(new URL(`../../../reports/reference/${benchmark}-${profile.name}`, import.meta.url))].find((place) => existsSync(samplesFile(place)));

const tokenizerOf = (profile: Profile, role: ModelRole): TextTokenizer | undefined => (existsSync(join(profile.models[role], "tokenizer.json")) ? loadTokenizer(profile.models[role]) : undefined);

/** T5's tokens of a text for FLUX, end included; undefined where its tokenizer is not here. */
export function textCounter(profile: Profile): ((text: string) => number) | undefined {
  const tokenizer = tokenizerOf(profile, "t5-text");
  return tokenizer && ((text) => tokenizer.encode(text).length);
}

/** T5's tokens of a picture's caption by the LVLM, on average over those in the run folder or else in the profile's reference run of compositions; undefined where neither has any. */
export function recordedCaption(profile: Profile, out: string): number | undefined {
  const folder = recordedIn(profile, out, "compose"), tokens = textCounter(profile), captions = folder === undefined ? [] : [...readLines(folder, composeSchema).values()].flatMap(({ captions: own = [] }) => own);
  return tokens && captions.length > 0 ? captions.reduce((sum, caption) => sum + tokens(caption), 0) / captions.length : undefined;
}

/** Tokens of the longest text of a batch, end included, on average over the texts of an arm in the run folder or else in the profile's reference run; undefined where neither has any. */
export function recordedTokens(profile: Profile, out: string, arm: string, role: ModelRole, batch: number): number | undefined {
  const folder = recordedIn(profile, out, "cobsat"), tokenizer = tokenizerOf(profile, role);
  if (folder === undefined || tokenizer === undefined) return undefined;
  const texts = [...readSamples(folder).values()].flatMap((sample) => (sample.arm === arm && sample.text !== undefined ? [sample.text] : []));
  const lengths = texts.map((text) => tokenizer.encode(text, { special: false }).length + 1), batches = Math.ceil(lengths.length / batch);
  if (batches === 0) return undefined;
  return Math.ceil(Array.from({ length: batches }, (_, b) => Math.max(...lengths.slice(b * batch, (b + 1) * batch))).reduce((a, b) => a + b, 0) / batches);
}
