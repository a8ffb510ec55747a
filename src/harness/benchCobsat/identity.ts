/** Everything that decides a sample of this benchmark, hashed. */
import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { datasetFiles } from "../../cobsat/dataset.ts";
import { officialPrompts } from "../../cobsat/prompts.ts";
import { sha256, sha256File, sha256FileOnce } from "../../files/sha256.ts";
import { carriedTraining } from "../aligner/carried.ts";
import { evaVitPart } from "../../models/evaVit/config.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { guidanceInputs } from "../guidance.ts";
import { decidingFiles, type OpenedT5 } from "../models.ts";
import type { ModelRole, Profile } from "../profile.ts";
import type { Identity, Seen } from "../runs/identity.ts";
import { sourceTreeHash } from "../runs/sourceTree.ts";
import { alignerName, trainingMaterial } from "./aligners.ts";
import { conditioningNoise, finalNormInWords } from "./baseChoices.ts";
import type { Frozen } from "./frozen.ts";
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

/** SHA-256 over the names and bytes of a data set's own files; others that lie among them decide nothing. */
export const datasetHash = (folder: string): string => sha256(datasetFiles.map((file) => `${file}\0${sha256File(join(folder, file))}\n`).join(""));

/** Hashes of a role's weights and of the small files that decide what they do, by name. */
function hashesOf({ models, tokenizers, sampler }: Profile, role: ModelRole): Pick<Identity, "weights" | "configs"> {
  const folder = models[role], prefix = prefixOf(role, folder), tokenizer = tokenizers?.[role];
  const named = (paths: readonly string[], from: string, start = prefix): [string, string][] => paths.map((path) => [`${start}${relative(from, path).replaceAll("\\", "/")}`, sha256FileOnce(path)]);
  const there = (place: string): string[] => decidingFiles.map((name) => join(place, name)).filter((path) => existsSync(path));
  return {
    weights: Object.fromEntries(named(openCheckpoint(folder, role === "vision" ? evaVitPart : undefined).files.map(({ path }) => path), folder)),
    configs: Object.fromEntries([
      ...named(there(folder), folder), ...(tokenizer === undefined || tokenizer === folder ? [] : named(there(tokenizer), tokenizer, `${prefix}tokenizer/`)),
      ...(role === "flux" ? named([sampler.scheduler], dirname(sampler.scheduler)) : []),
    ]),
  };
}

/** What a sitting looked at that opened the models of some roles. */
export const seenOf = ({ models }: Pick<Profile, "models">, roles: readonly ModelRole[]): Seen => roles.map((role) => prefixOf(role, models[role]));

/** What is asked for that decides samples. */
export type AskedFor = Pick<Request, "seed" | "steps" | "device" | "engine">;

/** The part of an identity that every benchmark has: code, and the models of some roles. */
export function modelsIdentity(profile: Profile, { seed, device, engine }: AskedFor, roles: readonly ModelRole[]): Omit<Identity, "kind" | "datasets" | "prompts" | "settings"> {
  const parts = roles.map((role) => hashesOf(profile, role));
  return {
    profile: profile.name, seed, device, engine, source: sourceTreeHash(root),
    weights: Object.assign({}, ...parts.map(({ weights }) => weights)) as Identity["weights"], configs: Object.assign({}, ...parts.map(({ configs }) => configs)) as Identity["configs"],
  };
}

/** The settings that decide how pictures are drawn and judged, and what T5 and FLUX tell of themselves where they are here. */
export function drawingSettings({ models, sampler, generation, imageSize, textTokens, judges }: Profile, { steps }: AskedFor, t5: OpenedT5 | undefined, flux: boolean): Identity["settings"] {
  const noise = flux ? conditioningNoise(models.flux) : undefined;
  return {
    ...(t5 ? { t5FinalNorm: finalNormInWords(t5) } : {}), ...(noise === undefined ? {} : { conditioningNoise: typeof noise === "string" ? noise : { ...noise } }),
    generation: { ...generation }, samplerSteps: steps, ...guidanceInputs(sampler.guidance), imageSize, textTokens: textTokens ?? "unpadded", judges: judges.map(judgeSetting),
  };
}

/** The identity of a run of the benchmark, as far as a sitting sees it: of the models in `needed`. */
export function identityOf(profile: Profile, request: Request, frozen: Frozen, { needed, trains, retrain, images }: { readonly needed: ReadonlySet<ModelRole>; readonly trains: boolean; readonly retrain: boolean; readonly images?: string }): { readonly identity: Identity; readonly seen: Seen } {
  const roles = [...needed], t5 = needed.has("t5") ? frozen.t5 : undefined, material = trains && (needed.has("lvlm") || carriedTraining(request.out)) ? trainingMaterial(request.out, profile, frozen) : undefined;
  const identity: Identity = {
    kind: "cobsat", ...modelsIdentity(profile, request, roles),
    datasets: { [pathInside(profile.dataset.folder) ?? "CoBSAT"]: datasetHash(profile.dataset.folder) },
    prompts: { "official prompts": sha256(JSON.stringify(officialPrompts())) },
    settings: {
      promptSplit: "default", masking: profile.aligner.experiment.split,
      ...(material ? { trainingFeatures: material.features, ...(t5 ? { aligner: alignerName(profile.aligner, material, t5, retrain) } : {}) } : {}),
      ...(images === undefined ? {} : { imageServer: images }),
      ...drawingSettings(profile, request, t5, needed.has("flux")), decoderTokens: profile.decoderTokens, batch: { ...profile.batch },
    },
  };
  return { identity, seen: seenOf(profile, roles) };
}
