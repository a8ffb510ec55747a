/** The published checkpoints that the paper profile is made of: the one table that `fetch`, `plan` and the profile read. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { evaVitPart } from "../../models/evaVit/config.ts";
import { hubCache, repoFolder, snapshotFolder } from "../../weights/hub/cache.ts";
import type { ModelRole } from "../profile.ts";

/** Part of a repository on the Hugging Face hub that one part of ThinkDiff is loaded from. */
export interface PublishedModel {
  /** "owner/name", its branch or tag, and the folder inside ("" is its top; in a diffusers pipeline, the component's name). */
  readonly repo: string;
  readonly revision: string;
  readonly folder: string;
  /** Files of the folder, beside the weights; those in `optional` only where the repository has them. */
  readonly files: readonly string[];
  readonly optional?: readonly string[];
  /** The folder of its tokenizer inside the repository, where it reads text. */
  readonly tokenizer?: string;
  readonly weights?: {
    /** The published config.json, as this project keeps it, so that sizes are known without a download. */
    readonly config: string;
    /** Element type of the published files. */
    readonly dtype: "F32" | "F16" | "BF16";
    /** Only tensors of this prefix are used; shards without any are not downloaded. */
    readonly part?: string;
  };
  /** Where the repository's terms have to be accepted before it can be downloaded. */
  readonly gated?: string;
}

const flux = { repo: "black-forest-labs/FLUX.1-dev", revision: "main", gated: "https://huggingface.co/black-forest-labs/FLUX.1-dev" } as const;
const main = { revision: "main", folder: "", files: ["config.json"] } as const;
const config = (name: string): string => `assets/paper/${name}.json`;

/** The parts of the paper profile by what they do. */
export const paperModels = {
  /** Reads demonstrations and writes the features that ThinkDiff-LVLM aligns. */
  lvlm: {
    ...main, repo: "Qwen/Qwen2-VL-7B-Instruct", files: ["config.json", "generation_config.json", "preprocessor_config.json"], tokenizer: "",
    weights: { config: config("qwen2-vl-7b-instruct"), dtype: "BF16" },
  },
  /** Its frozen decoder trains the aligner; its encoder lends the final norm, and encodes ThinkDiff-CLIP's first half of a caption. */
  t5: { ...main, repo: "google/flan-t5-xxl", optional: ["generation_config.json"], tokenizer: "", weights: { config: config("flan-t5-xxl"), dtype: "F32" } },
  /** Sees the images of ThinkDiff-CLIP. */
  vision: {
    ...main, repo: "Salesforce/blip2-flan-t5-xxl", files: ["config.json", "preprocessor_config.json"],
    weights: { config: config("blip2-flan-t5-xxl-vision"), dtype: "F32", part: evaVitPart },
  },
  flux: { ...flux, folder: "transformer", files: ["config.json"], weights: { config: config("flux.1-dev-transformer"), dtype: "BF16" } },
  vae: { ...flux, folder: "vae", files: ["config.json"], weights: { config: config("flux.1-dev-vae"), dtype: "BF16" } },
  scheduler: { ...flux, folder: "scheduler", files: ["scheduler_config.json"] },
  /** FLUX's own readers of text: CLIP's pooled vector and T5's states. */
  "clip-text": { ...flux, folder: "text_encoder", files: ["config.json"], tokenizer: "tokenizer", weights: { config: config("clip-vit-l-14-text"), dtype: "BF16" } },
  "t5-text": { ...flux, folder: "text_encoder_2", files: ["config.json"], tokenizer: "tokenizer_2", weights: { config: config("t5-v1_1-xxl-encoder"), dtype: "BF16" } },
  judge: {
    ...main, repo: "llava-hf/llava-1.5-13b-hf", files: ["config.json", "preprocessor_config.json"], optional: ["generation_config.json", "processor_config.json"], tokenizer: "",
    weights: { config: config("llava-1.5-13b-hf"), dtype: "F16" },
  },
  /** The second metric: a forced choice. */
  "clip-judge": { ...main, repo: "openai/clip-vit-base-patch32", files: ["config.json", "preprocessor_config.json"], tokenizer: "", weights: { config: config("clip-vit-b-32"), dtype: "F32" } },
} satisfies Readonly<Record<string, PublishedModel>>;

export type PaperPart = keyof typeof paperModels;

/** The published model that plays each role. */
export const paperParts: Readonly<Record<ModelRole, PaperPart>> = { lvlm: "lvlm", vision: "vision", t5: "t5", "t5-text": "t5-text", flux: "flux", vae: "vae", clip: "clip-text", judge: "judge", "judge-2": "clip-judge" };

/** Where Hugging Face's cache has a published model, or its tokenizer, and how to get it where it has not. */
export function publishedPlace({ repo, revision, folder, tokenizer }: PublishedModel, what: "weights" | "tokenizer" = "weights"): { readonly folder: string; readonly missing?: string } {
  const inside = what === "weights" ? folder : tokenizer ?? folder, place = join(snapshotFolder(repo, revision) ?? repoFolder(repo), inside);
  if (snapshotFolder(repo, revision) !== undefined && existsSync(place)) return { folder: place };
  return { folder: place, missing: `${repo}${inside && `, folder ${inside}`}: not in Hugging Face's cache ${hubCache()}; run \`npm run fetch -- paper\`, or set HF_HOME to the folder that has it` };
}
