/** How a micro FLUX is trained, whatever its pictures and texts: rectified flow on latents, conditioned on disturbed states of the frozen T5. */
import { join } from "node:path";
import { padded } from "../../graph/padded.ts";
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
import type { Schedule } from "../../training/schedules.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { ImageStore } from "./images.ts";
import { initialise, weightsOf } from "./initialise.ts";
import { latentsMade, packedLatents, packedValues } from "./latents.ts";
import { NoiseTape } from "./noise.ts";
import type { Recipe } from "./recipe.ts";
import { disturbanceFeeds, disturbed, textTwice, type Disturbance } from "./stateDisturbance.ts";
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

export const emptyPrompt = 0.1, droppedTokens = 0.3;
const batchSize = 96;

/** Pictures that have a place in FLUX's training; the name is that of their latents in the cache. */
export interface FluxPictures {
  readonly name: string;
  readonly count: number;
  images(cache: string, progress: (text: string) => void): Promise<ImageStore>;
}

/** A picture and what is said of it. */
export interface FluxSample {
  /** Which of the recipe's pictures, and its number there. */
  readonly pictures: number;
  readonly picture: number;
  readonly text: string;
  /** A text that is encoded apart, behind the first. */
  readonly behind?: string;
  /** What the pooled embedding is of, where it is not the empty prompt's. */
  readonly pooled: string;
}

export interface FluxTraining extends Pick<Recipe, "name" | "description" | "data" | "numbers" | "steps"> {
  /** FLUX's folder whose weights training begins with; drawn at random where left out. */
  readonly from?: string;
  readonly schedule: Schedule;
  readonly pictures: readonly FluxPictures[];
  /** Draws a sample for a step. */
  sample(random: Random, step: number): FluxSample;
  /** Share of empty prompts' pooled embeddings at a step. */
  emptyPooled(step: number): number;
}

function initialWeights(parameters: Parameters<typeof initialise>[0]): Map<string, Tensor> {
  return initialise(parameters, 1, (name, shape) => {
    if (name.endsWith("bias")) return { fill: 0 };
    if (shape.length === 1) return { fill: 1 };
    // Modulations and the output start at zero: every block starts as the identity.
    if (/norm1?(_context)?\.linear\.weight|norm_out\.linear|^proj_out/.test(name)) return { fill: 0 };
    return shape[1]! ** -0.5;
  });
}

/** The recipe of a FLUX transformer trained so. */
export const fluxTraining = ({ from, schedule, pictures, sample, emptyPooled, ...said }: FluxTraining): Recipe => ({
  ...said,
  needs: [...(from === undefined ? [] : [from]), "t5", "vae", "clip"],
  files: { "config.json": json, "scheduler_config.json": schedulerJson },
  undrawn: ({ assets, cache }) => pictures.reduce((sum, { name, count }) => sum + (latentsMade(cache, `${assets}/vae`, name, count) ? 0 : count), 0),
  async prepare({ executor, assets, cache, progress }) {
    const read = (folder: string): unknown => readJsonObject(join(assets, folder, "config.json"));
    const tokenizer = loadTokenizer(`${assets}/t5`), clipTokenizer = loadTokenizer(`${assets}/clip`), t5 = parseT5Config(read("t5")), clip = parseClipConfig(read("clip"));
    const frozen = new Map([...openCheckpoint(`${assets}/t5`).tensors, ...openCheckpoint(`${assets}/clip`).tensors]), latents: Float32Array[] = [];
    for (const { name, images } of pictures) latents.push(await packedLatents(executor, cache, `${assets}/vae`, name, await images(cache, progress), progress));
    const D = t5.d_model, P = latentSide ** 2 / 4, C = config.inChannels, frozenScope = new WeightScope(), weights = new WeightScope();
    const mask = input("text_mask", ["B", "T"], "int32");
    const { ids, mask: present } = textTwice(), noisy = disturbed(encode(frozenScope, t5, ids, present).last, frozenScope.at("encoder.final_layer_norm").param("weight", [D]));
    const pooled = clipTextTower(frozenScope, clip.text_config, input("pooled_ids", ["B", "U"], "int32")).pooled;
    const clean = input("latents", ["B", P, C]), noise = input("noise", ["B", P, C]), sigma = input("sigma", ["B"]), level = unsqueeze(unsqueeze(sigma, 1), 2);
    const { velocity } = fluxTransformer(weights, config, {
      hiddenStates: add(clean, mul(sub(noise, clean), level)), encoderHiddenStates: noisy, pooled, timestep: sigma, guidance: input("guidance", ["B"]),
      imgIds: constant(latentImageIds(latentSide, latentSide)), textMask: mask,
    });
    const error = sub(velocity, sub(noise, clean)), loss = mean(mul(error, error)), tape = new NoiseTape("flux");
    return {
      graph: { loss, parameters: weights.parameters, frozen: (name) => frozen.get(name) },
      optimizer: {
        adamW: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0 }, clip: 1,
        muon: { momentum: 0.95, weightDecay: 0, size: 0.4, use: (name, shape) => shape.length === 2 && /transformer_blocks/.test(name) && !/norm1?(_context)?\.linear/.test(name) },
      },
      schedule,
      initial: from === undefined ? initialWeights(weights.parameters) : weightsOf(`${assets}/${from}`, weights.parameters.keys()),
      batch(step): Record<string, Tensor> {
        const random = new Random(`${said.name} batch`, step);
        const drawn = Array.from({ length: 2 * batchSize }, () => {
          const one = sample(random, step), ids = tokenizer.encode(one.text), behind = one.behind === undefined ? undefined : tokenizer.encode(one.behind);
          return { ...one, ids, behind, length: ids.length + (behind?.length ?? 0) };
        }).sort((a, b) => a.length - b.length);
        // Similar lengths together: half of a sorted draw.
        const samples = random.chance(0.5) ? drawn.slice(0, batchSize) : drawn.slice(batchSize);
        const texts = disturbanceFeeds(random, tape, conditioningDisturbance, samples, D), T = texts.input_ids.shape[1]!, kept = new Int32Array(batchSize * T);
        samples.forEach(({ length }, b) => {
          kept.fill(1, b * T, b * T + length);
          const rate = random.chance(0.5) ? random.uniform() * droppedTokens : 0;
          for (let t = 1; t < T && rate > 0; t++) if (random.chance(rate)) kept[b * T + t] = 0; // the first token stays: never none at all
        });
        const pooledRows = padded(samples.map((s) => clipTokenizer.encode(random.chance(emptyPooled(step)) ? "" : s.pooled)), clipTokenizer.eosId!);
        const packed = new Float32Array(batchSize * packedValues);
        samples.forEach((s, b) => packed.set(latents[s.pictures]!.subarray(s.picture * packedValues, (s.picture + 1) * packedValues), b * packedValues));
        // Logit-normal noise levels, a little towards noise, where shapes are decided; a fifth uniform.
        const sigmas = samples.map(() => (random.chance(0.2) ? random.uniform() : 1 / (1 + Math.exp(-(0.3 + random.normal())))));
        return {
          ...texts, text_mask: ints([batchSize, T], kept), pooled_ids: pooledRows.ids,
          latents: floats([batchSize, P, C], packed), noise: floats([batchSize, P, C], tape.read(random, batchSize * packedValues)), sigma: floats([batchSize], sigmas), guidance: floats([batchSize], new Float32Array(batchSize).fill(1)),
        };
      },
    };
  },
});
