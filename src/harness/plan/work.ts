/** The sheet of work that plans fill in, and what it comes to: files, memory of each stage, seconds, and what fits which device. */
import { existsSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { UserError } from "../../files/userError.ts";
import type { SampleCounts } from "../aligner/makings.ts";
import { reaches, stages, type StageName } from "../benchCobsat/options.ts";
import type { ProductShape } from "../calibrate.ts";
import type { ModelRole, Profile } from "../profile.ts";
import { paperModels, paperParts, type PublishedModel } from "../profiles/paperModels.ts";
import { largestTensor, narrowBytes, parametersOf, type Cost } from "./sheets.ts";

/** Bytes a parameter takes: as published files have it, and as the engine computes. */
const widths = { F32: 4, F16: 2, BF16: 2 } as const;

/** A model's files. */
export interface PlannedFiles { readonly role: ModelRole; readonly from: string; readonly parameters: number; readonly dtype: keyof typeof widths; readonly bytes: number; readonly here: boolean }

/** Work of one kind in a stage, on one model. */
export interface PlannedWork { readonly what: string; readonly model: ModelRole; readonly count: number; readonly flops: number; readonly gflopsPerSecond: number; readonly seconds: number }

/** Bytes of the largest model of a stage, with its intermediate values, where its files have float32 and where they have two bytes a weight; and the least that does when weights are loaded in pieces (float32). */
export interface PlannedMemory { readonly model: ModelRole; readonly float32: number; readonly float16: number; readonly offloaded: number }

/** How many times a model is loaded, and what is read of its files for that. */
export interface PlannedLoads { readonly model: ModelRole; readonly times: number; readonly bytes: number }

export interface PlannedStage { readonly stage: StageName; readonly work: readonly PlannedWork[]; readonly memory: PlannedMemory | null; readonly seconds: number }

export interface Plan {
  readonly profile: string;
  readonly files: readonly PlannedFiles[];
  /** Bytes on disk beside the models: what the run folder and the cache will hold. */
  readonly disk: Readonly<Record<string, number>>;
  readonly samples: Readonly<Record<string, number>>;
  readonly stages: readonly PlannedStage[];
  readonly loads: readonly PlannedLoads[];
  readonly seconds: number;
  /** Devices by their memory, and the stages that fit each at either width. */
  readonly devices: readonly { readonly device: string; readonly bytes: number; readonly float32: readonly StageName[]; readonly float16: readonly StageName[]; readonly offloaded: readonly StageName[] }[];
  readonly notes: readonly string[];
}

/** Words of a judge's questions and of its answers. */
export const questionTokens = 110, repliedTokens = 3;

export const mebibyte = 2 ** 20;

/** Work runs at about this share of the rate of its bare products: what the engine benchmark (npm run bench) gives on micro's models, on two cores. */
const share = { reading: 0.75, training: 0.8, drawing: 0.77 };

const gibibyte = 2 ** 30;
const cards: readonly (readonly [string, number])[] = [["GPU, 24 GB", 24], ["GPU, 48 GB", 48], ["GPU, 80 GB", 80], ["GPU, 141 GB", 141]];

/** A product of the same kind that is measured in a moment. */
function measurable([m, k, n]: ProductShape): ProductShape {
  const rows = Math.min(m, 2048);
  return [rows, k, Math.max(64, Math.min(n, Math.floor(4e9 / (2 * rows * k))))];
}

function filesOf(profile: Profile, roles: readonly ModelRole[]): PlannedFiles[] {
  return roles.map((role) => {
    const published: PublishedModel = paperModels[paperParts[role]], own = profile.name === "paper", parameters = parametersOf(profile, role), dtype = own ? published.weights!.dtype : "F32";
    return { role, from: own ? `${published.repo}${published.folder && `/${published.folder}`}` : profile.models[role], parameters, dtype, bytes: parameters * widths[dtype], here: existsSync(join(profile.models[role], "config.json")) };
  });
}

/** The number of training pictures; undefined where their folder is not here. */
export function trainingPictures({ samples }: { readonly samples: SampleCounts }): number | undefined {
  try {
    return samples.train + samples.heldOut;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

interface Item { readonly stage: StageName; readonly what: string; readonly model: ModelRole; readonly count: number; readonly flops: number; readonly product: ProductShape; readonly kind: keyof typeof share; readonly loads: number; readonly weights: number; readonly narrow: number; readonly largest: number; readonly bytes: number }

/** Work of some kinds, as far as a request goes. */
export interface Sheet {
  /** `part`: the tensors of the model that are loaded, by name; `bytes`: memory beside the work's own intermediate values; `loads`: times the model is loaded for it, by default once for all its work in the stage. */
  add(stage: StageName, what: string, model: ModelRole, times: number, kind: keyof typeof share, cost: Cost, more?: { readonly part?: (name: string) => boolean; readonly bytes?: number; readonly loads?: number }): void;
  /** What it comes to; `rate` measures operations a second of a bare product. */
  sum(rate: (product: ProductShape) => Promise<number>): Promise<Pick<Plan, "profile" | "files" | "stages" | "loads" | "seconds" | "devices">>;
}

/** An empty sheet. */
export function sheetOf(profile: Profile, request: { readonly last: StageName }): Sheet {
  const items: Item[] = [];
  return {
    add(stage, what, model, times, kind, cost, more = {}) {
      if (times > 0 && reaches(request, stage)) items.push({ stage, what, model, count: times, flops: times * cost.flops, product: cost.product, kind, loads: more.loads ?? (items.some((item) => item.stage === stage && item.model === model) ? 0 : 1), weights: parametersOf(profile, model, more.part), narrow: narrowBytes(profile, model, more.part), largest: largestTensor(profile, model), bytes: cost.bytes + (more.bytes ?? 0) });
    },
    async sum(rate) {
      const rates = new Map<string, number>(), work: (PlannedWork & Pick<Item, "stage">)[] = [];
      for (const { stage, what, model, count: times, flops, product, kind } of items) {
        const shape = measurable(product), key = shape.join(), measured = rates.get(key) ?? await rate(shape);
        rates.set(key, measured);
        work.push({ stage, what, model, count: times, flops, gflopsPerSecond: measured / 1e9, seconds: flops / (share[kind] * measured) });
      }
      // Models too large to be loaded together take turns; others are together.
      const memoryOf = (own: readonly Item[], weightsOf: (item: Item) => number): { readonly model: ModelRole; readonly bytes: number } | undefined => {
        const sizes = own.map((item) => ({ model: item.model, bytes: weightsOf(item) + item.bytes })).sort((a, b) => b.bytes - a.bytes);
        return sizes[0] && { model: sizes[0].model, bytes: profile.oneModelAtATime ? sizes[0].bytes : sizes.reduce((sum, { bytes }) => sum + bytes, 0) };
      };
      const ofStages = stages.filter((stage) => reaches(request, stage)).map((stage): PlannedStage => {
        const own = items.filter((item) => item.stage === stage), large = memoryOf(own, ({ weights }) => 4 * weights), small = memoryOf(own, ({ narrow }) => narrow), least = memoryOf(own, ({ largest }) => 4 * largest), parts = work.filter((item) => item.stage === stage).map(({ stage: _, ...rest }) => rest);
        return { stage, work: parts, memory: large && small && least ? { model: large.model, float32: large.bytes, float16: small.bytes, offloaded: least.bytes } : null, seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0) };
      });
      const fitting = (bytes: number, width: "float32" | "float16" | "offloaded"): StageName[] => ofStages.filter(({ memory }) => (memory?.[width] ?? 0) <= 0.95 * bytes).map(({ stage }) => stage);
      const files = filesOf(profile, [...new Set(items.map(({ model }) => model))]), loads = files.map(({ role, dtype }): PlannedLoads => {
        const own = items.filter(({ model }) => model === role), total = (of: (item: Item) => number): number => own.reduce((sum, item) => sum + of(item), 0);
        return { model: role, times: total((item) => item.loads), bytes: widths[dtype] * total((item) => item.loads * item.weights) };
      });
      return {
        profile: profile.name, files, stages: ofStages, loads, seconds: ofStages.reduce((sum, { seconds }) => sum + seconds, 0),
        devices: [["this machine's memory", totalmem() / gibibyte] as const, ...cards].map(([device, size]) => ({ device, bytes: size * gibibyte, float32: fitting(size * gibibyte, "float32"), float16: fitting(size * gibibyte, "float16"), offloaded: fitting(size * gibibyte, "offloaded") })),
      };
    },
  };
}

/** What holds of every plan. */
export const memoryNotes: readonly string[] = [
  "Weights are held as their files have them, in float32 or in two bytes each; of the latter, those of more than 1 MiB in float32 are widened where they are used, two at a time. On WebGPU all are held in float32; CUDA has not been tried.",
  "Offloaded: with THINKDIFF_OFFLOAD=<GB> at most so many GB of a model's weights are held at once, and every run of the model loads its pieces from their files in turn; leave room for the intermediate values. FLUX is then read once for each step of each batch, the LVLM once for each token: the hours do not count it.",
];

export const hoursNote = "Hours: operations by the rate of a bare product of each model's own shape, at the share of it that the engine benchmark reaches in micro; copies, loading and downloads are not in them.";
