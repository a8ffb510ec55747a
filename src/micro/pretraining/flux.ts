import { readFileSync } from "node:fs";
import { join } from "node:path";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { parseClipConfig } from "../../models/clip/config.ts";
import { clipTextTower } from "../../models/clip/textTower.ts";
import { parseFluxConfig } from "../../models/flux/config.ts";
import { latentImageIds } from "../../models/flux/latents.ts";
import { fluxTransformer } from "../../models/flux/transformer.ts";
import { parseT5Config } from "../../models/t5/config.ts";
import { encode } from "../../models/t5/t5.ts";
import { WeightScope } from "../../models/weights.ts";
import { add, constant, input, mean, mul, sub, unsqueeze } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { canonicalCaption } from "../language/canonical.ts";
import { briefCaption, fullCaption, promptAnswer, promptForUnseen } from "../language/captions.ts";
import type { Scene } from "../world/scene.ts";
import { padded } from "./batches.ts";
import { allPairs, pairImages, pairVariant, pairVariants, trainingImages, trainingScene, trainingScenes } from "./corpus.ts";
import { initialise } from "./initialise.ts";
import { packedLatents, packedValues } from "./latents.ts";
import { NoiseTape } from "./noise.ts";
import type { Recipe } from "./recipe.ts";
import { latentSide } from "./vae.ts";

const json = {
  _class_name: "FluxTransformer2DModel", patch_size: 1, in_channels: 64, out_channels: null, num_layers: 2, num_single_layers: 4, attention_head_dim: 32, num_attention_heads: 5,
  joint_attention_dim: 160, pooled_projection_dim: 96, guidance_embeds: true, axes_dims_rope: [8, 12, 12],
};
const config = parseFluxConfig(json);
const schedulerJson = {
  _class_name: "FlowMatchEulerDiscreteScheduler", base_image_seq_len: 256, base_shift: 0.5, invert_sigmas: false, max_image_seq_len: 4096, max_shift: 1.15, num_train_timesteps: 1000, shift: 3,
  shift_terminal: null, use_beta_sigmas: false, use_dynamic_shifting: true, use_exponential_sigmas: false, use_karras_sigmas: false,
};

/**
 * Noise on the T5 states FLUX is trained on, in units of each dimension's own root mean square: independent for each token, and an offset shared by a sample's tokens.
 * Readers fitted without noise do not survive features that are only near T5's states; this is the regime the transfer is studied in.
 */
export const conditioningNoise = { clean: 0.15, dropped: 0.3 };

const batchSize = 96, steps = 1800, peak = 2e-3, emptyPrompt = 0.08, pairShare = 0.5;

/**
 * Share of brief captions and of empty prompts' pooled embeddings, and largest noise, by step: short texts and a pooled one teach drawing cheaply;
 * long texts and the empty one, as the arms use them, come first and last, the last with more noise.
 */
const phases = [
  { until: 480, brief: 0.15, emptyPooled: 0.85, independent: 1, shared: 0.6 },
  { until: 1400, brief: 0.85, emptyPooled: 0.5, independent: 1, shared: 0.6 },
  { until: steps, brief: 0.15, emptyPooled: 0.9, independent: 1.5, shared: 1.5 },
];

/** Texts a picture is trained with: brief, canonical, prompt-like and full captions. */
function textOf(scene: Scene, random: Random, brief: number): string {
  if (random.chance(brief)) return briefCaption(scene, random);
  const kind = random.uniform(0.15, 1);
  if (kind < 0.3) return canonicalCaption(scene);
  if (kind < 0.65) return promptForUnseen(scene, random);
  return kind < 0.85 ? promptAnswer(scene, random) : fullCaption(scene, random);
}

/** FLUX's transformer by rectified flow on latents, conditioned on noisy states of the frozen T5 encoder. */
export const fluxRecipe: Recipe = {
  name: "flux",
  description: `FLUX transformer, rectified flow on packed VAE latents, conditioned on unpadded states of the frozen micro T5's encoder. The states carry noise, in units of each dimension's root mean square: ${phases.map((p) => `up to step ${p.until} at most ${p.independent} independent for each token and ${p.shared} shared by a sample's tokens`).join("; ")}; up to ${conditioningNoise.dropped} of the tokens are dropped in half of the samples; ${100 * conditioningNoise.clean} % of the samples are clean. The pooled embedding is that of the empty prompt for at least half of the samples of every phase (${phases.map((p) => `${100 * p.emptyPooled} %`).join(", ")}); captions are brief in ${phases.map((p) => `${100 * p.brief} %`).join(", ")}. Guidance is trained at 1 only.`,
  data: `${trainingScenes.toLocaleString("en")} captioned pictures and ${(allPairs.length * pairVariants).toLocaleString("en")} pictures of CoBSAT pairs, none of them the benchmark's`,
  steps,
  needs: ["t5", "vae", "clip"],
  files: { "config.json": json, "scheduler_config.json": schedulerJson },
  average: 0.998,
  async prepare({ executor, assets, cache, progress }) {
    const read = (folder: string): unknown => JSON.parse(readFileSync(join(assets, folder, "config.json"), "utf8"));
    const tokenizer = loadTokenizer(`${assets}/t5`), clipTokenizer = loadTokenizer(`${assets}/clip`), t5 = parseT5Config(read("t5")), clip = parseClipConfig(read("clip"));
    const frozen = new Map([...openCheckpoint(`${assets}/t5`).tensors, ...openCheckpoint(`${assets}/clip`).tensors]);
    const latents = {
      scenes: await packedLatents(executor, cache, `${assets}/vae`, "train", await trainingImages(cache, progress), progress),
      pairs: await packedLatents(executor, cache, `${assets}/vae`, "train-pairs", await pairImages(cache, "train", pairVariants, progress), progress),
    };
    const D = t5.d_model, P = latentSide ** 2 / 4, C = config.inChannels, frozenScope = new WeightScope(), weights = new WeightScope();
    const mask = input("text_mask", ["B", "T"], "int32");
    const states = encode(frozenScope, t5, input("input_ids", ["B", "T"], "int32"), input("attention_mask", ["B", "T"], "int32")).last;
    const scale = frozenScope.at("encoder.final_layer_norm").param("weight", [D]);
    const noisy = add(states, mul(add(input("text_noise", ["B", "T", D]), unsqueeze(input("text_offset", ["B", D]), 1)), scale));
    const pooled = clipTextTower(frozenScope, clip.text_config, input("pooled_ids", ["B", "U"], "int32")).pooled;
    const clean = input("latents", ["B", P, C]), noise = input("noise", ["B", P, C]), sigma = input("sigma", ["B"]), level = unsqueeze(unsqueeze(sigma, 1), 2);
    const { velocity } = fluxTransformer(weights, config, {
      hiddenStates: add(clean, mul(sub(noise, clean), level)), encoderHiddenStates: noisy, pooled, timestep: sigma, guidance: input("guidance", ["B"]),
      imgIds: constant(latentImageIds(latentSide, latentSide)), textMask: mask,
    });
    const error = sub(velocity, sub(noise, clean)), loss = mean(mul(error, error));
    const initial = initialise(weights.parameters, 1, (name, shape) => {
      if (name.endsWith("bias")) return { fill: 0 };
      if (shape.length === 1) return { fill: 1 };
      // Modulations and the output start at zero: every block starts as the identity.
      if (/norm1?(_context)?\.linear\.weight|norm_out\.linear|^proj_out/.test(name)) return { fill: 0 };
      return shape[1]! ** -0.5;
    });
    const tape = new NoiseTape("flux");
    return {
      graph: { loss, parameters: weights.parameters, frozen: (name) => frozen.get(name) },
      optimizer: {
        adamW: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0 }, clip: 1,
        muon: { momentum: 0.95, weightDecay: 0, size: 0.4, use: (name, shape) => shape.length === 2 && /transformer_blocks/.test(name) && !/norm1?(_context)?\.linear/.test(name) },
      },
      schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 40, decay: 400, total: steps }),
      initial,
      batch(step): Record<string, Tensor> {
        const random = new Random("flux batch", step), { brief, emptyPooled, independent: independentLimit, shared: sharedLimit } = phases.find(({ until }) => step < until)!;
        const drawn = Array.from({ length: 2 * batchSize }, () => {
          const pair = random.chance(pairShare), i = random.int(pair ? allPairs.length * pairVariants : trainingScenes);
          const scene = pair ? pairVariant("train", Math.floor(i / pairVariants), i % pairVariants) : trainingScene(i);
          const text = random.chance(emptyPrompt) ? "" : textOf(scene, random, brief);
          return { latent: (pair ? latents.pairs : latents.scenes).subarray(i * packedValues, (i + 1) * packedValues), text, ids: tokenizer.encode(text) };
        }).sort((a, b) => a.ids.length - b.ids.length);
        // Similar lengths together: half of a sorted draw.
        const samples = random.chance(0.5) ? drawn.slice(0, batchSize) : drawn.slice(batchSize);
        const text = padded(samples.map((s) => s.ids), 0), T = text.ids.shape[1]!, kept = Int32Array.from(text.mask.data);
        const independent = tape.read(random, batchSize * T * D), shared = tape.read(random, batchSize * D);
        samples.forEach((_, b) => {
          const noisySample = random.chance(1 - conditioningNoise.clean) ? 1 : 0, own = noisySample * random.uniform() * independentLimit, common = noisySample * random.uniform() * sharedLimit;
          for (let i = b * T * D; i < (b + 1) * T * D; i++) independent[i]! *= own;
          for (let i = b * D; i < (b + 1) * D; i++) shared[i]! *= common;
          const rate = noisySample * (random.chance(0.5) ? random.uniform() * conditioningNoise.dropped : 0);
          for (let t = 0; t < T && rate > 0; t++) if (random.chance(rate)) kept[b * T + t] = 0;
          kept[b * T] = 1; // never no token at all
        });
        const pooledRows = padded(samples.map((s) => clipTokenizer.encode(random.chance(emptyPooled) ? "" : s.text)), clipTokenizer.eosId!);
        const clean = new Float32Array(batchSize * packedValues);
        samples.forEach((s, b) => clean.set(s.latent, b * packedValues));
        // Logit-normal noise levels, a little towards noise, where shapes are decided; a fifth uniform.
        const sigmas = samples.map(() => (random.chance(0.2) ? random.uniform() : 1 / (1 + Math.exp(-(0.3 + random.normal())))));
        return {
          input_ids: text.ids, attention_mask: text.mask, text_mask: { ...text.mask, data: kept }, text_noise: floats([batchSize, T, D], independent), text_offset: floats([batchSize, D], shared), pooled_ids: pooledRows.ids,
          latents: floats([batchSize, P, C], clean), noise: floats([batchSize, P, C], tape.read(random, batchSize * packedValues)), sigma: floats([batchSize], sigmas), guidance: floats([batchSize], new Float32Array(batchSize).fill(1)),
        };
      },
    };
  },
};
