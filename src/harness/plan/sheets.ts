/** What each model of a profile costs: parameters, and the operations and memory of its pieces of work, from graphs traced at its configuration. No weights are needed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gradients } from "../../autodiff/gradient.ts";
import { readJson } from "../../files/json.ts";
import type { Value } from "../../graph/value.ts";
import { downsampling, parseAutoencoderConfig } from "../../models/autoencoder/config.ts";
import { decode as decodeLatent } from "../../models/autoencoder/autoencoder.ts";
import { clipImageEmbeds } from "../../models/clip/clip.ts";
import { parseClipConfig, parseClipTextConfig } from "../../models/clip/config.ts";
import { clipTextTower } from "../../models/clip/textTower.ts";
import { parseFluxConfig } from "../../models/flux/config.ts";
import { fluxTransformer } from "../../models/flux/transformer.ts";
import { imageTokens, parseLlavaConfig } from "../../models/llava/config.ts";
import { llavaForward, llavaInputs } from "../../models/llava/llava.ts";
import { parseQwen2VLConfig } from "../../models/qwen2vl/config.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../models/qwen2vl/qwen2vl.ts";
import { parseT5Config } from "../../models/t5/config.ts";
import { encode } from "../../models/t5/t5.ts";
import { thinkDiffLvlm, thinkDiffLvlmInputs } from "../../models/thinkdiff/thinkdiffLvlm.ts";
import { WeightScope } from "../../models/weights.ts";
import { KEPT_WIDE } from "../../onnx/emit.ts";
import { graphFlops, matmulShapes } from "../../ops/flops.ts";
import { input } from "../../ops/index.ts";
import { peakBytes } from "../../ops/memory.ts";
import { alignerConfig } from "../aligner/makings.ts";
import type { ProductShape } from "../calibrate.ts";
import { declarationOf } from "../inspect/architectures.ts";
import type { ModelRole, Profile } from "../profile.ts";
import { paperParts } from "../profiles/paper.ts";
import { paperModels, type PublishedModel } from "../profiles/paperModels.ts";

/** One piece of work: its operations, its intermediate values, and the product that most of it is. */
export interface Cost { readonly flops: number; readonly bytes: number; readonly product: ProductShape }

/** config.json of a role: the profile's own where it is there, else the published one. */
export function configOf({ models }: Profile, role: ModelRole): unknown {
  const own = join(models[role], "config.json"), published: PublishedModel = paperModels[paperParts[role]];
  return readJson(existsSync(own) ? own : fileURLToPath(new URL(`../../../${published.weights!.config}`, import.meta.url)));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0), every = (): boolean => true;

/** Numbers in each tensor that a role's model declares, or in those whose name a test accepts. */
const tensorSizes = (profile: Profile, role: ModelRole, counts: (name: string) => boolean): number[] => declarationOf(configOf(profile, role), role).tensors.filter(({ name }) => counts(name)).map(({ shape }) => shape.reduce((a, b) => a * b, 1));

/** Parameters that a role's model declares, all or those whose name a test accepts. */
export const parametersOf = (profile: Profile, role: ModelRole, counts: (name: string) => boolean = every): number => sum(tensorSizes(profile, role, counts));

/** Numbers of the largest tensor that a role's model declares: as much is loaded at once however its graphs are cut. */
export const largestTensor = (profile: Profile, role: ModelRole): number => Math.max(...tensorSizes(profile, role, every));

/** Bytes that the engine holds of weights whose files have 16 bits each: small ones widened, large ones as they are, and two of those widened at a time. */
export function narrowBytes(profile: Profile, role: ModelRole, counts: (name: string) => boolean = every): number {
  const sizes = tensorSizes(profile, role, counts), large = sizes.filter((size) => 4 * size > KEPT_WIDE);
  return 4 * sum(sizes) - 2 * sum(large) + 2 * 4 * Math.max(0, ...large);
}

function costOf(outputs: readonly Value[], sizes: Readonly<Record<string, number>>, times = 1): Cost {
  const symbols = new Map(Object.entries(sizes)), shapes = matmulShapes(outputs, symbols).filter(({ weight }) => weight).sort((a, b) => b.flops * b.count - a.flops * a.count);
  const { a, b, transposeB, flops } = shapes[0] ?? { a: [1, 1], b: [1, 1], transposeB: false, flops: 2 }, [rows, columns] = b.slice(-2) as [number, number], k = transposeB ? columns : rows, n = transposeB ? rows : columns;
  return { flops: times * graphFlops(outputs, symbols), bytes: peakBytes(outputs, symbols), product: [a.length > 0 ? Math.round(flops / (2 * k * n)) : 1, k, n] };
}

/** The LVLM reading a prompt of T tokens with `images` pictures of `patches` merged patches each, B at once; the cost is one prompt's. */
export function readingCost(profile: Profile, T: number, images: number, patches: number, B: number): Cost {
  const config = parseQwen2VLConfig(configOf(profile, "lvlm")), { norm, logits } = qwen2vlForward(new WeightScope(), config, qwen2vlInputs(config, { rows: true }));
  const { flops, ...rest } = costOf([norm, logits], { B, T, I: B * images, M: patches, R: B });
  return { flops: flops / B, ...rest };
}

/** One training step of the baseline's aligner: S features, L target tokens. */
export function trainingCost(profile: Profile, S: number, L: number): Cost {
  const { experiment } = profile.aligner, t5 = parseT5Config(configOf(profile, "t5")), aligner = new WeightScope(), config = alignerConfig(experiment, parseQwen2VLConfig(configOf(profile, "lvlm")).hidden_size, t5);
  const { loss } = thinkDiffLvlm(aligner, config, new WeightScope(), t5, thinkDiffLvlmInputs(config));
  return costOf([loss, ...gradients(loss, [...aligner.parameters.values()])], { B: experiment.batch, S, L });
}

/** T5's encoder over one text of T tokens. */
export function textCost(profile: Profile, T: number): Cost {
  const config = parseT5Config(configOf(profile, "t5-text")), ids = input("ids", ["B", "T"], "int32");
  return costOf([encode(new WeightScope(), config, ids, ids).last], { B: 1, T });
}

/** CLIP's text tower over the empty prompt. */
export function pooledCost(profile: Profile): Cost {
  const json = configOf(profile, "clip"), config = typeof json === "object" && json !== null && "text_config" in json ? parseClipConfig(json).text_config : parseClipTextConfig(json);
  return costOf([clipTextTower(new WeightScope(), config, input("ids", ["B", "T"], "int32")).pooled], { B: 1, T: 2 });
}

const latentSide = (profile: Profile): number => profile.imageSize / downsampling(parseAutoencoderConfig(configOf(profile, "vae")));

/** FLUX's steps for one picture beside T text tokens, B pictures at once; twice as many where a scale asks for guidance against another text. */
export function drawingCost(profile: Profile, steps: number, T: number, B: number): Cost {
  const config = parseFluxConfig(configOf(profile, "flux"));
  const { velocity } = fluxTransformer(new WeightScope(), config, {
    hiddenStates: input("x", ["B", "P", config.inChannels]), encoderHiddenStates: input("text", ["B", "T", config.textWidth]), pooled: input("pooled", ["B", config.pooledWidth]),
    timestep: input("t", ["B"]), guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined, imgIds: input("ids", ["P", 3]),
  });
  const { flops, ...rest } = costOf([velocity], { B, T, P: (latentSide(profile) / 2) ** 2 }, steps * (profile.sampler.guidance.kind === "distilled" ? 1 : 2));
  return { flops: flops / B, ...rest };
}

/** The autoencoder decoding one picture. */
export function decodingCost(profile: Profile): Cost {
  const config = parseAutoencoderConfig(configOf(profile, "vae")), side = latentSide(profile);
  // Convolutions are nearly all of it.
  return { ...costOf([decodeLatent(new WeightScope(), config, input("latent", ["B", config.latentChannels, side, side]))], { B: 1 }), product: [1024, 1024, 1024] };
}

/** LLaVA answering both questions about one picture: `words` tokens of text beside the picture's. */
export function llavaCost(profile: Profile, role: ModelRole, words: number): Cost {
  const config = parseLlavaConfig(configOf(profile, role)), { logits } = llavaForward(new WeightScope(), config, llavaInputs(config));
  return costOf([logits], { B: 2, T: imageTokens(config) + words, I: 2 });
}

/** CLIP looking at one picture. */
export function clipCost(profile: Profile, role: ModelRole): Cost {
  const config = parseClipConfig(configOf(profile, role)), { image_size: side } = config.vision_config;
  return costOf([clipImageEmbeds(new WeightScope(), config, input("pixels", ["I", 3, side, side]))], { I: 1 });
}
