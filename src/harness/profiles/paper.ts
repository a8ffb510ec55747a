/** The paper's own profile: the published checkpoints from Hugging Face's cache or a folder, CoBSAT's data set, and the released settings. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { baseline } from "../../ablations/baseline.ts";
import { thinkDiffClip } from "../../ablations/thinkdiff-clip.ts";
import { httpJudgeFrom } from "../../cobsat/judge/httpJudge.ts";
import { UserError } from "../../files/userError.ts";
import { picturesIn } from "../features/pictures.ts";
import { featureRecipe } from "../features/recipe.ts";
import { shownValue, type JudgeSpec, type ModelRole, type Profile } from "../profile.ts";
import { paperModels, publishedFolder, type PaperPart, type PublishedModel } from "./paperModels.ts";

export interface PaperPlaces {
  /** Holds the repositories as owner/name or name; Hugging Face's cache where left out. */
  readonly models?: string | undefined;
  /** CoBSAT's `datasets` folder; data/cobsat/datasets by default. */
  readonly datasets?: string | undefined;
  /** Pictures that the LVLM captions to train the aligner: a folder of them, or WebDataset shards (.tar); data/pictures by default. */
  readonly pictures?: string | undefined;
}

const parts: Readonly<Record<ModelRole, PaperPart>> = { lvlm: "lvlm", vision: "vision", t5: "t5", "t5-text": "t5-text", flux: "flux", vae: "vae", clip: "clip-text", judge: "judge", "judge-2": "clip-judge" };

/** The folder of a model or of its tokenizer. */
function folderOf(models: string | undefined, published: PublishedModel, what: "weights" | "tokenizer" = "weights"): string {
  if (models === undefined) return publishedFolder(published, what);
  const { repo, folder, tokenizer } = published, inside = what === "weights" ? folder : tokenizer ?? folder, places = [join(models, repo, inside), join(models, repo.split("/")[1]!, inside)];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new UserError(`${places[0]!}: no such folder; put ${repo} there, or leave --models out to use Hugging Face's cache (npm run fetch -- paper)`);
  return found;
}

/** The released rates; they warm up over the first 2,000 of ThinkDiff-LVLM's 25,000 steps. */
const releasedRates = { start: 1e-6, peak: 1e-4, floor: 8e-5, warmup: 0.08 };

/** The published judge, or the vision server that the environment names, and CLIP's forced choice beside it. */
function judges(): JudgeSpec[] {
  const server = httpJudgeFrom(process.env);
  return [server ? { kind: "http", name: "server", ...server } : { kind: "llava", name: "llava-1.5-13b", role: "judge" }, { kind: "clip", name: "clip-vit-b-32", role: "judge-2", prompt: shownValue }];
}

/** The paper's profile; a UserError names the model, data set or folder that is missing and how to get it. */
export function paperProfile({ models, datasets = "data/cobsat/datasets", pictures = "data/pictures" }: PaperPlaces = {}): Profile {
  const chosen = judges(), unused = chosen[0]!.kind === "http" ? ["judge"] : [];
  const needed = Object.entries(parts).filter(([role]) => role !== "vision" && !unused.includes(role)), folders = Object.fromEntries(needed.map(([role, part]) => [role, folderOf(models, paperModels[part])])) as Record<ModelRole, string>;
  // ThinkDiff-CLIP's tower is looked for when it is asked for: CoBSAT does not need it.
  Object.defineProperty(folders, "vision", { get: () => folderOf(models, paperModels.vision), enumerable: false });
  const material = picturesIn(pictures);
  return {
    name: "paper",
    models: folders,
    tokenizers: { clip: folderOf(models, paperModels["clip-text"], "tokenizer"), "t5-text": folderOf(models, paperModels["t5-text"], "tokenizer") },
    aligner: {
      experiment: { ...baseline, schedule: releasedRates, batch: 96, steps: 25_000 }, ablationSteps: 25_000,
      ...material, recipe: { ...featureRecipe, maxNewTokens: 64, ignoreEnd: true }, shipped: join(".cache/paper", "no shipped aligner"),
    },
    clipAligner: { experiment: { ...thinkDiffClip, schedule: { ...releasedRates, warmup: 0.02 }, batch: 168, steps: 100_000 }, ...material, shipped: join(".cache/paper", "no shipped aligner") },
    dataset: { folder: datasets },
    generation: { temperature: 0.6, topP: 0.9, maxNewTokens: 128 },
    sampler: { steps: 28, guidance: 3.5, scheduler: join(folderOf(models, paperModels.scheduler), "scheduler_config.json") },
    imageSize: 512,
    textTokens: 512,
    decoderTokens: 128,
    judges: chosen,
    oneModelAtATime: true,
    samples: { drawn: 1000, cheap: 1000 },
    batch: { texts: 20, images: 4 },
    cache: ".cache/paper",
  };
}
