import { join } from "node:path";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
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
import { loadTokenizer, readJsonObject } from "../../text/tokenizer.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { canonicalCaption } from "../language/canonical.ts";
import { briefCaption, fullCaption, promptAnswer, promptForUnseen } from "../language/captions.ts";
import type { Scene } from "../world/scene.ts";
import { padded } from "../../graph/padded.ts";
import { allPairs, pairImages, pairVariant, pairVariants, trainingImages, trainingScene, trainingScenes } from "./corpus.ts";
import { describeDisturbance, disturbanceFeeds, disturbed, textTwice, type Disturbance } from "./stateDisturbance.ts";
import { initialise } from "./initialise.ts";
import { latentsMade, packedLatents, packedValues } from "./latents.ts";
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

/** How T5's states are disturbed while FLUX learns to read them: readers fitted to clean states do not survive features that are only near them. */
export const conditioningDisturbance: Disturbance = { clean: 0.1, independent: 2, shared: 2, mixed: 0.6, foreign: 1 };

const batchSize = 96, firstCycle = 4000, steps = 9700, peak = 2e-3, emptyPrompt = 0.1, droppedTokens = 0.3;

/** Two cycles of warm-up, constant rate and decay: reading disturbed states is learnt long after drawing is. */
const cycles = [
  trapezoidSchedule({ peak, floor: peak / 50, warmup: 40, decay: 1200, total: firstCycle }),
  trapezoidSchedule({ peak, floor: peak / 50, warmup: 40, decay: 1500, total: steps - firstCycle }),
] as const;

/** Share of brief captions, of empty prompts' pooled embeddings and of CoBSAT pairs, by step: short texts and a pooled one teach drawing cheaply; long texts and the empty one, as the arms use them, come last. */
const phases = [
  { until: 2100, brief: 0.85, emptyPooled: 0.5, pairShare: 0.65 },
  { until: firstCycle, brief: 0.2, emptyPooled: 0.85, pairShare: 0.65 },
  { until: steps, brief: 0.2, emptyPooled: 0.85, pairShare: 0.55 },
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
  description: `FLUX transformer, rectified flow on packed VAE latents, conditioned on unpadded states of the frozen micro T5's encoder, which carry ${describeDisturbance(conditioningDisturbance)}; up to ${droppedTokens} of the tokens are dropped in half of the samples. ${100 * emptyPrompt} % of the texts are empty. The pooled embedding is that of the empty prompt for at least half of the samples (${phases.map((p) => `${100 * p.emptyPooled} %`).join(", then ")}); captions are brief in ${phases.map((p) => `${100 * p.brief} %`).join(", then ")}. The learning rate rises and falls twice, over ${firstCycle} steps and the rest. Guidance is trained at 1 only; the empty texts make classifier-free guidance possible.`,
  data: `${trainingScenes.toLocaleString("en")} captioned pictures and ${(allPairs.length * pairVariants).toLocaleString("en")} pictures of CoBSAT pairs, none of them the benchmark's`,
  numbers: { conditioningDisturbance },
  steps,
  needs: ["t5", "vae", "clip"],
  files: { "config.json": json, "scheduler_config.json": schedulerJson },
  undrawn: ({ assets, cache }) => Object.entries({ train: trainingScenes, "train-pairs": allPairs.length * pairVariants }).reduce((sum, [name, count]) => sum + (latentsMade(cache, `${assets}/vae`, name, count) ? 0 : count), 0),
  async prepare({ executor, assets, cache, progress }) {
    const read = (folder: string): unknown => readJsonObject(join(assets, folder, "config.json"));
    const tokenizer = loadTokenizer(`${assets}/t5`), clipTokenizer = loadTokenizer(`${assets}/clip`), t5 = parseT5Config(read("t5")), clip = parseClipConfig(read("clip"));
    const frozen = new Map([...openCheckpoint(`${assets}/t5`).tensors, ...openCheckpoint(`${assets}/clip`).tensors]);
    const latents = {
      scenes: await packedLatents(executor, cache, `${assets}/vae`, "train", await trainingImages(cache, progress), progress),
      pairs: await packedLatents(executor, cache, `${assets}/vae`, "train-pairs", await pairImages(cache, "train", pairVariants, progress), progress),
    };
    const D = t5.d_model, P = latentSide ** 2 / 4, C = config.inChannels, frozenScope = new WeightScope(), weights = new WeightScope();
    const mask = input("text_mask", ["B", "T"], "int32");
    const { ids, mask: present } = textTwice(), noisy = disturbed(encode(frozenScope, t5, ids, present).last, frozenScope.at("encoder.final_layer_norm").param("weight", [D]));
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
      schedule: (step) => (step < firstCycle ? cycles[0](step) : cycles[1](step - firstCycle)),
      initial,
      batch(step): Record<string, Tensor> {
        const random = new Random("flux batch", step), { brief, emptyPooled, pairShare } = phases.find(({ until }) => step < until)!;
        const drawn = Array.from({ length: 2 * batchSize }, () => {
          const pair = random.chance(pairShare), i = random.int(pair ? allPairs.length * pairVariants : trainingScenes);
          const scene = pair ? pairVariant("train", Math.floor(i / pairVariants), i % pairVariants) : trainingScene(i);
          const text = random.chance(emptyPrompt) ? "" : textOf(scene, random, brief);
          return { latent: (pair ? latents.pairs : latents.scenes).subarray(i * packedValues, (i + 1) * packedValues), text, ids: tokenizer.encode(text) };
        }).sort((a, b) => a.ids.length - b.ids.length);
        // Similar lengths together: half of a sorted draw.
        const samples = random.chance(0.5) ? drawn.slice(0, batchSize) : drawn.slice(batchSize);
        const texts = disturbanceFeeds(random, tape, conditioningDisturbance, samples.map((s) => s.ids), D), T = texts.input_ids.shape[1]!, kept = new Int32Array(batchSize * T);
        samples.forEach(({ ids }, b) => {
          kept.fill(1, b * T, b * T + ids.length);
          const rate = random.chance(0.5) ? random.uniform() * droppedTokens : 0;
          for (let t = 1; t < T && rate > 0; t++) if (random.chance(rate)) kept[b * T + t] = 0; // the first token stays: never none at all
        });
        const pooledRows = padded(samples.map((s) => clipTokenizer.encode(random.chance(emptyPooled) ? "" : s.text)), clipTokenizer.eosId!);
        const clean = new Float32Array(batchSize * packedValues);
        samples.forEach((s, b) => clean.set(s.latent, b * packedValues));
        // Logit-normal noise levels, a little towards noise, where shapes are decided; a fifth uniform.
        const sigmas = samples.map(() => (random.chance(0.2) ? random.uniform() : 1 / (1 + Math.exp(-(0.3 + random.normal())))));
        return {
          ...texts, text_mask: ints([batchSize, T], kept), pooled_ids: pooledRows.ids,
          latents: floats([batchSize, P, C], clean), noise: floats([batchSize, P, C], tape.read(random, batchSize * packedValues)), sigma: floats([batchSize], sigmas), guidance: floats([batchSize], new Float32Array(batchSize).fill(1)),
        };
      },
    };
  },
};
