/** What a run of the benchmark would need: files, disk, memory of each stage, samples, operations and hours. Starts nothing, and needs neither weights nor data. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { totalmem } from "node:os";
import { UserError } from "../../files/userError.ts";
import { parseQwen2VLConfig } from "../../models/qwen2vl/config.ts";
import { parseT5Config } from "../../models/t5/config.ts";
import { recordFile } from "../aligner/record.ts";
import { drawnArms, isCheap, readsLvlm } from "../benchCobsat/arms.ts";
import { promptBlocks } from "../benchCobsat/blocks.ts";
import { reaches, requestOf, stages, type BenchCobsatOptions, type StageName } from "../benchCobsat/options.ts";
import type { ProductShape } from "../calibrate.ts";
import type { ModelRole, Profile } from "../profile.ts";
import { paperParts } from "../profiles/paper.ts";
import { paperModels, type PublishedModel } from "../profiles/paperModels.ts";
import { recordedTokens } from "./lengths.ts";
import { clipCost, configOf, decodingCost, drawingCost, largestTensor, llavaCost, narrowBytes, parametersOf, pooledCost, readingCost, textCost, trainingCost, type Cost } from "./sheets.ts";

/** Bytes a parameter takes: as published files have it, and as the engine computes. */
const widths = { F32: 4, F16: 2, BF16: 2 } as const;

/** A model's files. */
export interface PlannedFiles { readonly role: ModelRole; readonly from: string; readonly parameters: number; readonly dtype: keyof typeof widths; readonly bytes: number; readonly here: boolean }

/** Work of one kind in a stage, on one model. */
export interface PlannedWork { readonly what: string; readonly model: ModelRole; readonly count: number; readonly flops: number; readonly gflopsPerSecond: number; readonly seconds: number }

/** Bytes of the largest model of a stage, with its intermediate values, where its files have float32 and where they have two bytes a weight; and the least that does when weights are loaded in pieces (float32). */
export interface PlannedMemory { readonly model: ModelRole; readonly float32: number; readonly float16: number; readonly offloaded: number }

export interface PlannedStage { readonly stage: StageName; readonly work: readonly PlannedWork[]; readonly memory: PlannedMemory | null; readonly seconds: number }

export interface Plan {
  readonly profile: string;
  readonly files: readonly PlannedFiles[];
  /** Bytes on disk beside the models: what the run folder and the cache will hold. */
  readonly disk: Readonly<Record<"pictures" | "answers" | "trainingFeatures" | "aligner", number>>;
  readonly samples: Readonly<Record<string, number>>;
  readonly stages: readonly PlannedStage[];
  readonly seconds: number;
  /** Devices by their memory, and the stages that fit each at either width. */
  readonly devices: readonly { readonly device: string; readonly bytes: number; readonly float32: readonly StageName[]; readonly float16: readonly StageName[]; readonly offloaded: readonly StageName[] }[];
  readonly notes: readonly string[];
}

/** Pictures are taken to be as large as CoBSAT's are published, 512 x 512, in the paper's profile, and as micro draws them there; words of a message beside its pictures. */
const messageTokens = 200, questionTokens = 110, repliedTokens = 3, mebibyte = 2 ** 20;

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
function trainingPictures({ aligner: { samples } }: Profile): number | undefined {
  try {
    return samples.train + samples.heldOut;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

interface Item { readonly stage: StageName; readonly what: string; readonly model: ModelRole; readonly count: number; readonly flops: number; readonly product: ProductShape; readonly kind: keyof typeof share; readonly weights: number; readonly narrow: number; readonly largest: number; readonly bytes: number }

/** Plans a run; `rate` measures operations a second of a bare product. */
export async function planRun(options: BenchCobsatOptions, rate: (product: ProductShape) => Promise<number>): Promise<Plan> {
  const { profile } = options, request = requestOf(options), { batch, generation: { maxNewTokens }, aligner: { experiment } } = profile, blocks = promptBlocks(request.plan, batch.texts, request.shard);
  const lvlm = parseQwen2VLConfig(configOf(profile, "lvlm")), t5 = parseT5Config(configOf(profile, "t5")), side = profile.imageSize, { patch_size, spatial_merge_size: merge } = lvlm.vision_config, patches = Math.max(1, Math.round(side / (patch_size * merge))) ** 2;
  const count = (test: (block: (typeof blocks)[number]) => boolean): number => blocks.filter(test).reduce((sum, { prompts }) => sum + prompts.length, 0), planned = (test: (arm: string) => boolean): number => blocks.reduce((sum, block) => sum + block.planned.filter(({ arm }) => test(arm)).length, 0);
  const served = planned((arm) => arm === "http"), drawn = planned((arm) => !isCheap(arm)) - served, aligned = request.arms.some((arm) => arm === "decoder-text" || drawnArms.some(({ name, condition }) => name === arm && condition.kind === "aligned" && condition.aligner === experiment.name));
  const textual = planned((arm) => drawnArms.some(({ name, condition }) => name === arm && arm !== "http" && condition.kind !== "aligned")), real = Math.min(planned((arm) => arm === "real-image"), 100 * new Set(request.tasks).size), judged = drawn + served + real;
  const pictures = trainingPictures(profile), language = parametersOf(profile, "lvlm", (name) => !name.startsWith("visual.")), recorded = recordedTokens(profile, request.out, "lvlm-text", "lvlm", batch.texts), written = recorded ?? maxNewTokens, textTokens = profile.textTokens ?? recordedTokens(profile, request.out, "lvlm-text", "t5-text", batch.images) ?? maxNewTokens, items: Item[] = [];
  const add = (stage: StageName, what: string, model: ModelRole, times: number, kind: Item["kind"], cost: Cost, more: { readonly part?: (name: string) => boolean; readonly bytes?: number } = {}): void => {
    if (times > 0 && reaches(request, stage)) items.push({ stage, what, model, count: times, flops: times * cost.flops, product: cost.product, kind, weights: parametersOf(profile, model, more.part), narrow: narrowBytes(profile, model, more.part), largest: largestTensor(profile, model), bytes: cost.bytes + (more.bytes ?? 0) });
  };
  const cache = (T: number, B: number): number => 2 * 4 * lvlm.num_hidden_layers * lvlm.num_key_value_heads * (lvlm.hidden_size / lvlm.num_attention_heads) * T * B;
  const writing = (tokens: number, B: number): Cost => ({ flops: 2 * language * tokens, bytes: 0, product: [B, lvlm.hidden_size, lvlm.intermediate_size] });
  for (const shots of request.shots) {
    const answers = count((block) => block.shots === shots && block.planned.some(({ arm }) => readsLvlm(arm))), T = messageTokens + shots * patches;
    add("features", `the LVLM reads prompts of ${shots} shots`, "lvlm", answers, "reading", readingCost(profile, T, shots, patches, batch.texts), { bytes: cache(T + maxNewTokens, batch.texts) });
    add("features", `the LVLM writes, ${shots} shots`, "lvlm", answers, "reading", writing(written, batch.texts), { bytes: cache(T + maxNewTokens, batch.texts) });
  }
  const captionTokens = profile.aligner.recipe?.maxNewTokens ?? maxNewTokens, features = aligned ? pictures ?? 0 : 0;
  add("features", "captions of training pictures, read", "lvlm", features, "reading", readingCost(profile, messageTokens / 2 + patches, 1, patches, 64), { bytes: cache(messageTokens + patches + captionTokens, 64) });
  add("features", "captions of training pictures, written", "lvlm", features, "reading", writing(captionTokens, 64));
  const alignerParameters = lvlm.hidden_size * t5.d_model + t5.d_model ** 2 + 3 * t5.d_model, part = (name: string): boolean => !name.startsWith("encoder."), decoder = parametersOf(profile, "t5", part);
  add("train", "steps of the aligner", "t5", aligned ? experiment.steps : 0, "training", trainingCost(profile, Math.round(captionTokens / 2), Math.round(captionTokens / 2)), { part, bytes: 16 * alignerParameters });
  add("generate", "texts through T5's encoder", "t5-text", textual, "reading", textCost(profile, textTokens));
  add("generate", "texts from T5's decoder", "t5", planned((arm) => arm === "decoder-text"), "reading", { flops: 2 * decoder * (recordedTokens(profile, request.out, "decoder-text", "t5", batch.texts) ?? profile.decoderTokens), bytes: 0, product: [batch.texts, t5.d_model, t5.d_ff] }, { part });
  add("generate", "the empty prompt through CLIP", "clip", drawn > 0 ? 1 : 0, "reading", pooledCost(profile));
  add("generate", `pictures, ${request.steps} steps of FLUX`, "flux", drawn, "drawing", drawingCost(profile, request.steps, textTokens, batch.images));
  add("generate", "pictures decoded", "vae", drawn, "drawing", decodingCost(profile));
  for (const judge of profile.judges) {
    if (judge.kind === "llava") add("judge", `pictures judged by ${judge.name}`, judge.role, judged, "reading", llavaCost(profile, judge.role, questionTokens + repliedTokens));
    else if (judge.kind === "clip") add("judge", `pictures judged by ${judge.name}`, judge.role, judged, "reading", clipCost(profile, judge.role));
  }
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
  const roles = [...new Set(items.map(({ model }) => model))], answers = count((block) => block.planned.some(({ arm }) => readsLvlm(arm)));
  return {
    profile: profile.name, files: filesOf(profile, roles),
    disk: { pictures: drawn * side * side * 2, answers: answers * maxNewTokens * lvlm.hidden_size * 4, trainingFeatures: features * captionTokens * lvlm.hidden_size * 2, aligner: aligned ? 5 * 4 * alignerParameters : 0 },
    samples: { planned: blocks.reduce((sum, block) => sum + block.planned.length, 0), answers, pictures: drawn, ...(served > 0 ? { "pictures by a server": served } : {}), judged, trainingPictures: features },
    stages: ofStages, seconds: ofStages.reduce((sum, { seconds }) => sum + seconds, 0),
    devices: [["this machine's memory", totalmem() / gibibyte] as const, ...cards].map(([device, size]) => ({ device, bytes: size * gibibyte, float32: fitting(size * gibibyte, "float32"), float16: fitting(size * gibibyte, "float16"), offloaded: fitting(size * gibibyte, "offloaded") })),
    notes: [
      "Weights are held as their files have them, in float32 or in two bytes each; of the latter, those of more than 1 MiB in float32 are widened where they are used, two at a time. On WebGPU all are held in float32; CUDA has not been tried.",
      "Offloaded: with THINKDIFF_OFFLOAD=<GB> at most so many GB of a model's weights are held at once, and every run of the model loads its pieces from their files in turn; leave room for the intermediate values. FLUX is then read once for each step of each batch, the LVLM once for each token: the hours do not count it.",
      `Pictures in prompts are taken to be ${side} x ${side}; ${recorded === undefined ? "a text to be as long as it may be" : `texts to be as long as recorded ones (of a batch the longest, ${recorded} tokens on average)`}.`,
      "Hours: operations by the rate of a bare product of each model's own shape, at the share of it that the engine benchmark reaches in micro; copies, loading and downloads are not in them.",
      ...(aligned && existsSync(recordFile(profile.aligner.shipped)) ? [`The aligner's training and the captions it reads are counted; a run takes the aligner in ${profile.aligner.shipped} where that is the one asked for, and does neither.`] : []),
      ...(aligned && pictures === undefined ? [`The pictures that train the aligner are not here and not counted: 1,000 of them cost the LVLM about ${((1000 * (readingCost(profile, messageTokens / 2 + patches, 1, patches, 64).flops + writing(captionTokens, 64).flops)) / 1e12).toFixed(0)} TFLOP, and their features ${Math.round((1000 * captionTokens * lvlm.hidden_size * 2) / mebibyte)} MiB of disk.`] : []),
    ],
  };
}
