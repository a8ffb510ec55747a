/** The paper's own profile: the published checkpoints from Hugging Face's cache or a folder, CoBSAT's data set, and the released settings. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { baseline } from "../../ablations/baseline.ts";
import { thinkDiffClip } from "../../ablations/thinkdiff-clip.ts";
import { httpJudgeFrom } from "../../cobsat/judge/httpJudge.ts";
import { mostCases } from "../benchCompose/cases.ts";
import { picturesIn, type PictureSource } from "../features/pictures.ts";
import { featureRecipe } from "../features/recipe.ts";
import { once } from "../once.ts";
import { shownValue, type JudgeSpec, type ModelRole, type Profile } from "../profile.ts";
import { paperModels, paperParts, publishedPlace, type PublishedModel } from "./paperModels.ts";

export interface PaperPlaces {
  /** Holds the repositories as owner/name or name; Hugging Face's cache where left out. */
  readonly models?: string | undefined;
  /** CoBSAT's `datasets` folder; data/cobsat/datasets by default. */
  readonly datasets?: string | undefined;
  /** Pictures that the LVLM captions to train the aligner: a folder of them, or WebDataset shards (.tar); data/pictures by default. */
  readonly pictures?: string | undefined;
  /** A folder of cases for bench:compose; data/compose by default. */
  readonly cases?: string | undefined;
}

/** The folder of a model or of its tokenizer, and what to do where it is missing. */
function placeOf(models: string | undefined, published: PublishedModel, what: "weights" | "tokenizer" = "weights"): { readonly folder: string; readonly missing?: string } {
  if (models === undefined) return publishedPlace(published, what);
  const { repo, folder, tokenizer } = published, inside = what === "weights" ? folder : tokenizer ?? folder, places = [join(models, repo, inside), join(models, repo.split("/")[1]!, inside)], found = places.find((place) => existsSync(place));
  return found === undefined ? { folder: places[0]!, missing: `${places[0]!}: no such folder; put ${repo} there, or leave --models out to use Hugging Face's cache (npm run fetch -- paper)` } : { folder: found };
}

/** Pictures that are looked at when one of them, or their number, is first asked for: a stage may do without. */
function laterPictures(path: string, cache: string): PictureSource {
  const get = once(() => picturesIn(path, join(cache, "pictures.jsonl")));
  return {
    images: {
      get identity() { return get().images.identity; },
      get captions() { return get().images.captions; },
      image: (set, index) => get().images.image(set, index),
      caption: (set, index, wording) => get().images.caption(set, index, wording),
    },
    samples: { get train() { return get().samples.train; }, get heldOut() { return get().samples.heldOut; } },
  };
}

/** The released rates; they warm up over the first 2,000 of ThinkDiff-LVLM's 25,000 steps. */
const releasedRates = { start: 1e-6, peak: 1e-4, floor: 8e-5, warmup: 0.08 };

/** The published judge, or the vision server that the environment names, and CLIP's forced choice beside it. */
function judges(): JudgeSpec[] {
  const server = httpJudgeFrom(process.env);
  return [server ? { kind: "http", name: "server", ...server } : { kind: "llava", name: "llava-1.5-13b", role: "judge" }, { kind: "clip", name: "clip-vit-b-32", role: "judge-2", prompt: shownValue }];
}

/** The paper's profile. What is missing of models and pictures is told when it is asked for, since a stage may do without. */
export function paperProfile({ models, datasets = "data/cobsat/datasets", pictures = "data/pictures", cases = "data/compose" }: PaperPlaces = {}): Profile {
  const found = Object.entries(paperParts).map(([role, part]) => [role, placeOf(models, paperModels[part])] as const), cache = ".cache/paper", material = laterPictures(pictures, cache);
  return {
    name: "paper",
    models: Object.fromEntries(found.map(([role, { folder }]) => [role, folder])) as Record<ModelRole, string>,
    missing: Object.fromEntries(found.flatMap(([role, { missing }]) => (missing === undefined ? [] : [[role, missing]]))),
    tokenizers: { clip: placeOf(models, paperModels["clip-text"], "tokenizer").folder, "t5-text": placeOf(models, paperModels["t5-text"], "tokenizer").folder },
    aligner: {
      experiment: { ...baseline, schedule: releasedRates, batch: 96, steps: 25_000 }, atOnce: 24, ablationSteps: 25_000,
      ...material, recipe: { ...featureRecipe, maxNewTokens: 64, ignoreEnd: true }, shipped: join(cache, "no shipped aligner"),
    },
    clipAligner: { experiment: { ...thinkDiffClip, schedule: { ...releasedRates, warmup: 0.02 }, batch: 168, steps: 100_000 }, atOnce: 12, textTokens: 128, imageSize: 1024, ...material, shipped: join(cache, "no shipped aligner") },
    compose: { folder: cases, cases: mostCases, similarity: "judge-2" },
    dataset: { folder: datasets },
    generation: { temperature: 0.6, topP: 0.9, maxNewTokens: 128 },
    sampler: { steps: 28, guidance: { kind: "distilled", scale: 3.5, range: [0, Infinity] }, scheduler: join(placeOf(models, paperModels.scheduler).folder, "scheduler_config.json") },
    imageSize: 512,
    textTokens: 512,
    decoderTokens: 128,
    judges: judges(),
    // Those of 17 blocks of prompts, 0.46 GB each.
    oneModelAtATime: { waiting: 8e9 },
    samples: { drawn: 1000, cheap: 1000 },
    batch: { texts: 20, images: 4 },
    cache,
  };
}
