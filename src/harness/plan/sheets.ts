/** What each model of a profile costs: parameters, and the operations and memory of its pieces of work, from graphs traced at its configuration. No weights are needed. */
import type { Experiment } from "../../ablations/experiment.ts";
import { gradients } from "../../autodiff/gradient.ts";
import type { Value } from "../../graph/value.ts";
import { downsampling, parseAutoencoderConfig } from "../../models/autoencoder/config.ts";
import { decode as decodeLatent } from "../../models/autoencoder/autoencoder.ts";
import { clipImageEmbeds } from "../../models/clip/clip.ts";
import { parseClipConfig, parseClipTextConfig } from "../../models/clip/config.ts";
import { clipTextTower } from "../../models/clip/textTower.ts";
import { parseEvaVitConfig } from "../../models/evaVit/config.ts";
import { evaVit } from "../../models/evaVit/evaVit.ts";
import { parseFluxConfig } from "../../models/flux/config.ts";
import { fluxTransformer } from "../../models/flux/transformer.ts";
import { imageTokens, parseLlavaConfig } from "../../models/llava/config.ts";
import { llavaForward, llavaInputs } from "../../models/llava/llava.ts";
import { parseQwen2VLConfig } from "../../models/qwen2vl/config.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../models/qwen2vl/qwen2vl.ts";
import { parseT5Config } from "../../models/t5/config.ts";
import { encode } from "../../models/t5/t5.ts";
import { thinkDiffClip, thinkDiffClipInputs } from "../../models/thinkdiff/thinkdiffClip.ts";
import { thinkDiffLvlm, thinkDiffLvlmInputs } from "../../models/thinkdiff/thinkdiffLvlm.ts";
import { WeightScope } from "../../models/weights.ts";
import { KEPT_WIDE } from "../../onnx/emit.ts";
import { graphFlops, matmulShapes } from "../../ops/flops.ts";
import { input } from "../../ops/index.ts";
import { peakBytes } from "../../ops/memory.ts";
import { longestTarget } from "../aligner/batches.ts";
import { longestText } from "../aligner/imageMaterial.ts";
import { alignerConfig } from "../aligner/makings.ts";
import type { ProductShape } from "../calibrate.ts";
import { configOf, visionTokens } from "../configured.ts";
import { declarationOf, type Declaration } from "../inspect/architectures.ts";
import type { ModelRole, Profile } from "../profile.ts";

/** A text is about this share of the longest one that the LVLM may write; a split halves it on average. */
export const textShare = 0.7;

/** One piece of work: its operations, its intermediate values, and the product that most of it is. */
export interface Cost { readonly flops: number; readonly bytes: number; readonly product: ProductShape }

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0), every = (): boolean => true;

const declared = new Map<string, Declaration>();

/** Numbers in each tensor that a role's model declares, or in those whose name a test accepts; a configuration is traced once. */
function tensorSizes(profile: Profile, role: ModelRole, counts: (name: string) => boolean): number[] {
  const config = configOf(profile, role), key = JSON.stringify(config), declaration = declared.get(key) ?? declarationOf(config, role);
  declared.set(key, declaration);
  return declaration.tensors.filter(({ name }) => counts(name)).map(({ shape }) => shape.reduce((a, b) => a * b, 1));
}

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

/** The LVLM writing as many tokens for one prompt, B prompts at once; what it holds is cacheBytes. */
export function writingCost(profile: Profile, tokens: number, B: number): Cost {
  const { hidden_size, intermediate_size } = parseQwen2VLConfig(configOf(profile, "lvlm"));
  return { flops: 2 * parametersOf(profile, "lvlm", (name) => !name.startsWith("visual.")) * tokens, bytes: 0, product: [B, hidden_size, intermediate_size] };
}

/** Bytes of the LVLM's keys and values of T tokens, B prompts at once. */
export function cacheBytes(profile: Profile, T: number, B: number): number {
  const { num_hidden_layers, num_key_value_heads, hidden_size, num_attention_heads } = parseQwen2VLConfig(configOf(profile, "lvlm"));
  return 2 * 4 * num_hidden_layers * num_key_value_heads * (hidden_size / num_attention_heads) * T * B;
}

/** A training step: operations of the whole batch at usual lengths, memory of what goes through the graph at once at the longest, to which a batch is padded. */
function stepCost(loss: Value, aligner: WeightScope, { batch }: Experiment, atOnce: number | undefined, usual: Readonly<Record<string, number>>, longest: Readonly<Record<string, number>>): Cost {
  const outputs = [loss, ...gradients(loss, [...aligner.parameters.values()])];
  return { ...costOf(outputs, { B: batch, ...usual }), bytes: peakBytes(outputs, new Map(Object.entries({ B: Math.min(batch, atOnce ?? batch), ...longest }))) };
}

/** What a training step is called: how much of a batch goes through the graph at once. */
export const stepsOf = ({ batch }: Experiment, atOnce = batch): string => `steps of the aligner${atOnce < batch ? `, ${atOnce} of ${batch} samples at once` : ""}`;

/** One training step of the baseline's aligner on captions of so many tokens, cut in two. */
export function trainingCost(profile: Profile, tokens: number): Cost {
  const { experiment, atOnce } = profile.aligner, half = Math.round(tokens / 2), t5 = parseT5Config(configOf(profile, "t5")), aligner = new WeightScope(), config = alignerConfig(experiment, parseQwen2VLConfig(configOf(profile, "lvlm")).hidden_size, t5);
  const { loss } = thinkDiffLvlm(aligner, config, new WeightScope(), t5, thinkDiffLvlmInputs(config));
  return stepCost(loss, aligner, experiment, atOnce, { S: half, L: half }, { S: tokens, L: tokens });
}

/** The vision tower reading one picture, B at once. */
export function visionCost(profile: Profile, B: number): Cost {
  const config = parseEvaVitConfig(configOf(profile, "vision")), side = config.image_size;
  const { flops, ...rest } = costOf([evaVit(new WeightScope(), config, input("pixels", ["B", 3, side, side])).lastHiddenState], { B });
  return { flops: flops / B, ...rest };
}

/** One training step of an aligner of ThinkDiff-CLIP: half of a caption is given, half to be written. */
export function clipTrainingCost(profile: Profile, experiment: Experiment): Cost {
  const { generation: { maxNewTokens }, clipAligner: { atOnce } } = profile, half = Math.min(longestText, Math.round((maxNewTokens * textShare) / 2)), S = visionTokens(profile), t5 = parseT5Config(configOf(profile, "t5")), aligner = new WeightScope(), config = alignerConfig(experiment, parseEvaVitConfig(configOf(profile, "vision")).hidden_size, t5);
  const { loss } = thinkDiffClip(aligner, config, new WeightScope(), t5, thinkDiffClipInputs(config));
  return stepCost(loss, aligner, experiment, atOnce, { S, P: half, L: half }, { S, P: longestText, L: Math.min(longestTarget, maxNewTokens) });
}

/** T5's encoder over one text of T tokens. */
export function textCost(profile: Profile, T: number): Cost {
  const config = parseT5Config(configOf(profile, "t5-text")), ids = input("ids", ["B", "T"], "int32");
  return costOf([encode(new WeightScope(), config, ids, ids).last], { B: 1, T });
}

/** CLIP's text tower over one text of T tokens, by default the empty prompt. */
export function pooledCost(profile: Profile, T = 2): Cost {
  const json = configOf(profile, "clip"), config = typeof json === "object" && json !== null && "text_config" in json ? parseClipConfig(json).text_config : parseClipTextConfig(json);
  return costOf([clipTextTower(new WeightScope(), config, input("ids", ["B", "T"], "int32")).pooled], { B: 1, T });
}

const latentSide = (profile: Profile): number => profile.imageSize / downsampling(parseAutoencoderConfig(configOf(profile, "vae")));

/** FLUX's steps for one picture beside T text tokens, B pictures at once; where a scale asks for guidance against the empty text, beside that one too. */
export function drawingCost(profile: Profile, steps: number, T: number, B: number): Cost {
  const config = parseFluxConfig(configOf(profile, "flux"));
  const { velocity } = fluxTransformer(new WeightScope(), config, {
    hiddenStates: input("x", ["B", "P", config.inChannels]), encoderHiddenStates: input("text", ["B", "T", config.textWidth]), pooled: input("pooled", ["B", config.pooledWidth]),
    timestep: input("t", ["B"]), guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined, imgIds: input("ids", ["P", 3]),
  });
  const P = (latentSide(profile) / 2) ** 2, beside = (text: number): Cost => costOf([velocity], { B, T: text, P }, steps), { flops, ...rest } = beside(T), empty = profile.sampler.guidance.kind === "distilled" ? 0 : beside(profile.textTokens ?? 1).flops;
  return { flops: (flops + empty) / B, ...rest };
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
