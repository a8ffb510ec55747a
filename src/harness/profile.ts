/** Profiles: which base models play which role, and how they are used. One code path serves all of them. */
import { existsSync } from "node:fs";
import { ablationSteps, baseline, chosenRates } from "../ablations/baseline.ts";
import type { Experiment } from "../ablations/experiment.ts";
import type { ChosenRate } from "../ablations/inSteps.ts";
import { chosenClipRates, thinkDiffClip } from "../ablations/thinkdiff-clip.ts";
import type { ValuePrompt } from "../cobsat/judge/clipJudge.ts";
import { shownName } from "../cobsat/vocabulary.ts";
import { UserError } from "../files/userError.ts";
import { ensureBenchmark } from "../micro/benchmark.ts";
import { copiesOf, type Copies } from "../micro/pretraining/copies.ts";
import type { Sampling } from "../models/sampling.ts";
import type { SampleCounts } from "./aligner/makings.ts";
import { microFeatureImages } from "./features/microImages.ts";
import type { CaptionedImages, FeatureImages, FeatureRecipe } from "./features/recipe.ts";
import type { Guidance } from "./guidance.ts";

/** The parts that base models play: "t5" trains the aligner, "t5-text" and "clip" are FLUX's readers of text; "judge-2" only checks the judge. */
export type ModelRole = "lvlm" | "vision" | "t5" | "t5-text" | "flux" | "vae" | "clip" | "judge" | "judge-2";

/** A judge by its kind: CLIP's forced choice, LLaVA's two answers, or a vision server's. */
export type JudgeSpec =
  | { readonly kind: "clip"; readonly name: string; readonly role: "judge" | "judge-2"; readonly prompt: ValuePrompt }
  | { readonly kind: "llava"; readonly name: string; readonly role: "judge" | "judge-2" }
  | { readonly kind: "http"; readonly name: string; readonly url: string; readonly model: string; readonly key?: string | undefined };

export interface Profile {
  readonly name: string;
  /** A folder in Hugging Face layout for each role. */
  readonly models: Readonly<Record<ModelRole, string>>;
  /** How to get the models whose folders are missing. */
  readonly missing?: Readonly<Partial<Record<ModelRole, string>>>;
  /** Folders of tokenizers that lie apart from their models. */
  readonly tokenizers?: Readonly<Partial<Record<ModelRole, string>>>;
  readonly aligner: {
    /** How the baseline is trained: its experiment, on features of so many of these pictures. */
    readonly experiment: Experiment;
    readonly images: FeatureImages;
    readonly samples: SampleCounts;
    /** How captions are written; as in micro where left out. */
    readonly recipe?: FeatureRecipe;
    /** Steps of every arm of an ablation run, the baseline included. */
    readonly ablationSteps: number;
    /** The rates of trainings of other lengths than the experiment's; its own where left out. */
    readonly chosenRates?: readonly ChosenRate[];
    /** Samples of a batch that go through the graph at once where memory asks for that; whole batches where left out. No part of an aligner's identity. */
    readonly atOnce?: number;
    /** A trained one that comes along; used where its identity is the one asked for. */
    readonly shipped: string;
  };
  /** ThinkDiff-CLIP's, likewise. */
  readonly clipAligner: {
    readonly experiment: Experiment; readonly images: CaptionedImages; readonly samples: SampleCounts; readonly chosenRates?: readonly ChosenRate[]; readonly shipped: string; readonly atOnce?: number;
    /** The text beside images is padded to this many tokens; as other texts where left out. */
    readonly textTokens?: number;
    /** Side of its pictures in pixels; as of other pictures where left out. */
    readonly imageSize?: number;
  };
  /** Whether the user named the pictures that aligners are trained on: an aligner that a run folder carries is then held to them. */
  readonly picturesNamed?: boolean;
  /** How compositions are drawn and scored. */
  readonly compose: {
    /** The user's own cases; cases of the micro world, whose attributes are known, where left out. */
    readonly folder?: string;
    /** Cases of each kind of input by default, as far as there are so many. */
    readonly cases: number;
    /** The CLIP whose embeddings tell how alike two pictures, or a picture and a text, are. */
    readonly similarity: ModelRole;
    /** Models that play these roles here alone, such as a judge that reads several details. */
    readonly models?: Readonly<Partial<Record<ModelRole, string>>>;
  };
  /** Copies of base models for experiments about them; only where there are recipes for these. */
  readonly copies?: Copies;
  readonly dataset: {
    /** CoBSAT's `datasets` folder. */
    readonly folder: string;
    /** Makes the folder where it is missing or another one; what is published is left out. */
    readonly prepare?: () => Promise<void>;
  };
  readonly generation: Sampling & { readonly maxNewTokens: number };
  /** `scheduler` is the published scheduler_config.json. */
  readonly sampler: {
    readonly steps: number;
    readonly guidance: Guidance;
    readonly scheduler: string;
  };
  /** Side of the pictures in pixels. */
  readonly imageSize: number;
  /** T5's text is padded to this many tokens; unpadded where left out. */
  readonly textTokens?: number;
  /** Most tokens that T5's decoder writes on the rung "decoder-text". */
  readonly decoderTokens: number;
  /** The first one decides; the others stand beside it. */
  readonly judges: readonly JudgeSpec[];
  /** Given where models are too large to be loaded together: bytes of text features and answers that may wait in the host's memory for FLUX. The more may, the fewer times each model is loaded. */
  readonly oneModelAtATime?: { readonly waiting: number };
  /** Prompts of each task and number of shots by default: on arms that draw, and on the cheap rungs. */
  readonly samples: { readonly drawn: number; readonly cheap: number };
  /** Consecutive prompts computed together: `texts` by the LVLM, of which `images` by FLUX; the first a multiple of the second. */
  readonly batch: { readonly texts: number; readonly images: number };
  /** Where working files that can be made again lie. */
  readonly cache: string;
}

/** A profile as ThinkDiff-CLIP draws with it. */
export const drawingCompositions = (profile: Profile): Profile => ({ ...profile, imageSize: profile.clipAligner.imageSize ?? profile.imageSize, models: { ...profile.models, ...profile.compose.models } });

/** Throws a UserError for the first model that is missing of those that play the roles, saying how to get it. */
export function requireModels({ models, missing }: Pick<Profile, "models" | "missing">, roles: readonly ModelRole[]): void {
  const role = roles.find((one) => missing?.[one] !== undefined || !existsSync(models[one]));
  if (role !== undefined) throw new UserError(missing?.[role] ?? `${models[role]}: no such folder; it holds the model "${role}", which this work needs: put it there, or do this stage on a machine that has it`);
}

/** The roles of the judges whose models are looked at here. */
export const judgeRoles = ({ judges }: Pick<Profile, "judges">): ModelRole[] => judges.flatMap((judge) => (judge.kind === "http" ? [] : [judge.role]));

/** A value as it is shown to a model. */
export const shownValue: ValuePrompt = (_theme, _half, value) => shownName(value);

/** In the paper ThinkDiff-CLIP's hidden layer is 2.9 times as wide as its features (4,096 and 1,408), in micro then 2.5 times (320 and 128); ThinkDiff-LVLM's two widths are about the same in both. */
const microClip: Experiment = { ...thinkDiffClip, widening: 2 };

const microDatasets = ".cache/micro/cobsat/datasets";

/** The embedded profile: every base model of the paper in its own architecture, a few million parameters, shipped with the project. */
export const microProfile: Profile = {
  name: "micro",
  models: {
    lvlm: "assets/micro/lvlm", vision: "assets/micro/eva-vit", t5: "assets/micro/t5", "t5-text": "assets/micro/t5", flux: "assets/micro/flux", vae: "assets/micro/vae",
    clip: "assets/micro/clip", judge: "assets/micro/judge", "judge-2": "assets/micro/llava",
  },
  aligner: { experiment: baseline, images: microFeatureImages(), samples: { train: 6000, heldOut: 256 }, ablationSteps, chosenRates, shipped: "assets/micro/aligner" },
  clipAligner: { experiment: microClip, images: microFeatureImages(), samples: { train: 6000, heldOut: 256 }, chosenRates: chosenClipRates, shipped: "assets/micro/aligner-clip" },
  compose: { cases: 40, similarity: "clip", models: { judge: "assets/micro/judge-compose", flux: "assets/micro/flux-compose" } },
  copies: copiesOf("assets/micro", ".cache/micro"),
  dataset: { folder: microDatasets, prepare: () => ensureBenchmark(microDatasets) },
  generation: { temperature: 0.6, topP: 0.9, maxNewTokens: 48 },
  sampler: { steps: 16, guidance: { kind: "classifier-free", scale: 3, input: 1 }, scheduler: "assets/micro/flux/scheduler_config.json" },
  imageSize: 64,
  decoderTokens: 48,
  judges: [{ kind: "clip", name: "judge", role: "judge", prompt: shownValue }, { kind: "llava", name: "llava", role: "judge-2" }],
  samples: { drawn: 25, cheap: 100 },
  batch: { texts: 25, images: 5 },
  cache: ".cache/micro",
};

/** The names of every profile, those without their parts included. */
export const profileNames = ["micro", "paper"] as const;
