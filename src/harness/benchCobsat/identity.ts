/** Everything that decides a sample of this benchmark, hashed. */
import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { officialPrompts } from "../../cobsat/prompts.ts";
import { sha256, sha256File } from "../../files/sha256.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { Profile } from "../profile.ts";
import type { Identity } from "../runs/identity.ts";
import { sourceTreeHash } from "../runs/sourceTree.ts";
import { alignerName, type Frozen } from "./aligners.ts";
import { finalNormInWords, noiseInWords } from "./baseChoices.ts";
import { judgeSetting } from "./judging.ts";
import type { Request } from "./options.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url)).replace(/[/\\]$/, "");

/** A path as records name it: from the project's root where it lies in it. */
export function recordedPath(path: string): string {
  const inside = relative(root, resolve(path)).replaceAll("\\", "/");
  return inside.startsWith("..") ? resolve(path).replaceAll("\\", "/") : inside;
}

const hashes = (paths: readonly string[]): Record<string, string> => Object.fromEntries(paths.map((path) => [recordedPath(path), sha256File(path)]));

const deciding = ["config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "chat_template.json", "chat_template.jinja"];

/** SHA-256 over the names and bytes of a data set's files, those whose names begin with a dot left out. */
function datasetHash(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/")).sort();
  return sha256(files.map((file) => `${file}\0${sha256File(join(folder, file))}\n`).join(""));
}

/** The identity of a run of the benchmark. */
export function identityOf(profile: Profile, request: Request, frozen: Frozen, retrain: boolean): Identity {
  const { models, sampler, generation } = profile, noise = noiseInWords(models.flux);
  const folders = [...new Set(Object.entries(models).filter(([role]) => role !== "vision").map(([, folder]) => folder))];
  return {
    kind: "cobsat", profile: profile.name, seed: request.seed, device: request.device, engine: request.engine, source: sourceTreeHash(root),
    weights: hashes(folders.flatMap((folder) => openCheckpoint(folder).files.map(({ path }) => path))),
    datasets: { [recordedPath(profile.dataset.folder)]: datasetHash(profile.dataset.folder) },
    prompts: { "official prompts": sha256(JSON.stringify(officialPrompts())) },
    configs: hashes([...[...folders, ...Object.values(profile.tokenizers ?? {})].flatMap((folder) => deciding.map((name) => join(folder, name)).filter((path) => existsSync(path))), sampler.scheduler]),
    settings: {
      promptSplit: "default", aligner: alignerName(profile, frozen, retrain), masking: profile.aligner.experiment.split,
      t5FinalNorm: finalNormInWords(frozen.t5), ...(noise === undefined ? {} : { conditioningNoise: noise }),
      generation: { ...generation }, samplerSteps: request.steps, guidance: sampler.guidance, ...(sampler.trueCfgScale === undefined ? {} : { trueCfgScale: sampler.trueCfgScale }), imageSize: profile.imageSize, textTokens: profile.textTokens ?? "unpadded", decoderTokens: profile.decoderTokens,
      batch: { ...profile.batch }, judges: profile.judges.map(judgeSetting),
    },
  };
}
