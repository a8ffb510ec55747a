/** Everything that decides a sample of this benchmark, hashed. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { officialPrompts } from "../../cobsat/prompts.ts";
import { sha256, sha256File, sha256FileOnce } from "../../files/sha256.ts";
import { carriedTraining } from "../aligner/carried.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { decidingFiles } from "../models.ts";
import type { ModelRole, Profile } from "../profile.ts";
import type { Identity, Seen } from "../runs/identity.ts";
import { sourceTreeHash } from "../runs/sourceTree.ts";
import { alignerName, trainingMaterial, type Frozen } from "./aligners.ts";
import { finalNormInWords, noiseInWords } from "./baseChoices.ts";
import { judgeSetting } from "./judging.ts";
import type { Request } from "./options.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url)).replace(/[/\\]$/, "");

/** A path as records name it: from the project's root where it lies in it; undefined elsewhere, where every machine has its own. */
function pathInside(path: string): string | undefined {
  const inside = relative(root, resolve(path)).replaceAll("\\", "/");
  return inside.startsWith("..") || isAbsolute(inside) ? undefined : inside;
}

/** How the names of a model's files begin: with its folder, or with its role where that lies outside the project. */
const prefixOf = (role: string, folder: string): string => `${pathInside(folder) ?? role}/`;

/** SHA-256 over the names and bytes of a data set's files, those whose names begin with a dot left out. */
function datasetHash(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/")).sort();
  return sha256(files.map((file) => `${file}\0${sha256File(join(folder, file))}\n`).join(""));
}

/** Hashes of a role's weights and of the small files that decide what they do, by name. */
function hashesOf({ models, tokenizers, sampler }: Profile, role: ModelRole): Pick<Identity, "weights" | "configs"> {
  const folder = models[role], prefix = prefixOf(role, folder), tokenizer = tokenizers?.[role];
  const named = (paths: readonly string[], from: string, start = prefix): [string, string][] => paths.map((path) => [`${start}${relative(from, path).replaceAll("\\", "/")}`, sha256FileOnce(path)]);
  const there = (place: string): string[] => decidingFiles.map((name) => join(place, name)).filter((path) => existsSync(path));
  return {
    weights: Object.fromEntries(named(openCheckpoint(folder).files.map(({ path }) => path), folder)),
    configs: Object.fromEntries([
      ...named(there(folder), folder), ...(tokenizer === undefined || tokenizer === folder ? [] : named(there(tokenizer), tokenizer, `${prefix}tokenizer/`)),
      ...(role === "flux" ? named([sampler.scheduler], dirname(sampler.scheduler)) : []),
    ]),
  };
}

/** The identity of a run of the benchmark, as far as a sitting sees it: of the models in `needed`. */
export function identityOf(profile: Profile, request: Request, frozen: Frozen, { needed, trains, retrain }: { readonly needed: ReadonlySet<ModelRole>; readonly trains: boolean; readonly retrain: boolean }): { readonly identity: Identity; readonly seen: Seen } {
  const { models, sampler, generation } = profile, noise = needed.has("flux") ? noiseInWords(models.flux) : undefined, roles = [...needed], parts = roles.map((role) => hashesOf(profile, role));
  const material = trains && (needed.has("lvlm") || carriedTraining(request.out)) ? trainingMaterial(request.out, profile, frozen) : undefined;
  const identity: Identity = {
    kind: "cobsat", profile: profile.name, seed: request.seed, device: request.device, engine: request.engine, source: sourceTreeHash(root),
    weights: Object.assign({}, ...parts.map(({ weights }) => weights)) as Identity["weights"],
    datasets: { [pathInside(profile.dataset.folder) ?? "CoBSAT"]: datasetHash(profile.dataset.folder) },
    prompts: { "official prompts": sha256(JSON.stringify(officialPrompts())) },
    configs: Object.assign({}, ...parts.map(({ configs }) => configs)) as Identity["configs"],
    settings: {
      promptSplit: "default", masking: profile.aligner.experiment.split,
      ...(material ? { trainingFeatures: material.features, ...(needed.has("t5") ? { aligner: alignerName(profile, material, frozen.t5, retrain) } : {}) } : {}),
      ...(needed.has("t5") ? { t5FinalNorm: finalNormInWords(frozen.t5) } : {}), ...(noise === undefined ? {} : { conditioningNoise: noise }),
      generation: { ...generation }, samplerSteps: request.steps, guidance: sampler.guidance, ...(sampler.trueCfgScale === undefined ? {} : { trueCfgScale: sampler.trueCfgScale }), imageSize: profile.imageSize, textTokens: profile.textTokens ?? "unpadded", decoderTokens: profile.decoderTokens,
      batch: { ...profile.batch }, judges: profile.judges.map(judgeSetting),
    },
  };
  return { identity, seen: roles.map((role) => prefixOf(role, models[role])) };
}
