import { floats, type Tensor } from "../../graph/tensor.ts";
import { decode, encode } from "../../models/autoencoder/autoencoder.ts";
import { parseAutoencoderConfig } from "../../models/autoencoder/config.ts";
import { WeightScope } from "../../models/weights.ts";
import { abs, add, exp, input, mean, mul, sub } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { trainingImages, trainingScenes } from "./corpus.ts";
import { pixels } from "./images.ts";
import { initialise } from "./initialise.ts";
import { NoiseTape } from "./noise.ts";
import type { Recipe } from "./recipe.ts";

const json = {
  _class_name: "AutoencoderKL", act_fn: "silu", block_out_channels: [16, 32, 64, 64], down_block_types: Array(4).fill("DownEncoderBlock2D"), up_block_types: Array(4).fill("UpDecoderBlock2D"),
  force_upcast: true, in_channels: 3, out_channels: 3, latent_channels: 16, layers_per_block: 1, mid_block_add_attention: true, norm_num_groups: 8, sample_size: 64,
  scaling_factor: 1, shift_factor: 0, use_post_quant_conv: false, use_quant_conv: false,
};
const config = parseAutoencoderConfig(json);

/** Side and channels of the latent of a 64 x 64 picture. */
export const latentSide = 8, latentChannels = json.latent_channels;

const batchSize = 16, steps = 1400, peak = 2.5e-3, klWeight = 1e-3;

/** AutoencoderKL, FLUX's kind: 8 x downsampling to 16 channels; mean absolute and squared error and a small Kullback-Leibler term. */
export const vaeRecipe: Recipe = {
  name: "vae",
  description: `AutoencoderKL on pictures of the micro world: absolute plus squared error, Kullback-Leibler term of weight ${klWeight} a latent element. Scaling and shift make the latents of training pictures zero-mean with unit variance.`,
  data: `${trainingScenes.toLocaleString("en")} pictures`,
  steps,
  needs: [],
  files: { "config.json": json },
  average: 0.995,
  async prepare({ cache, progress }) {
    const images = await trainingImages(cache, progress);
    const weights = new WeightScope(), image = input("image", ["B", 3, 64, 64]);
    const { mean: centre, logvar } = encode(weights, config, image);
    const latent = add(centre, mul(exp(mul(logvar, 0.5)), input("noise", ["B", latentChannels, latentSide, latentSide])));
    const error = sub(decode(weights, config, latent), image);
    const kl = mul(0.5, mean(sub(add(mul(centre, centre), exp(logvar)), add(logvar, 1))));
    const loss = add(add(mean(abs(error)), mean(mul(error, error))), mul(kl, klWeight));
    const initial = initialise(weights.parameters, 1, (name, shape) => {
      if (name.endsWith("bias")) return { fill: 0 };
      if (/norm/.test(name) && shape.length === 1) return { fill: 1 };
      const fan = shape.slice(1).reduce((a, b) => a * b, 1);
      return (name.includes("conv2.weight") || name.includes("to_out") ? 0.3 : 1) * (1.5 / fan) ** 0.5;
    });
    const tape = new NoiseTape("vae");
    return {
      graph: { loss, parameters: weights.parameters },
      optimizer: {
        adamW: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0 }, clip: 1,
        muon: { momentum: 0.95, weightDecay: 0, use: (name, shape) => shape.length >= 2 && !/conv_in|conv_out/.test(name) },
      },
      schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 30, decay: Math.round(steps * 0.6), total: steps }),
      initial,
      batch(step): Record<string, Tensor> {
        const random = new Random("vae batch", step);
        const picked = Array.from({ length: batchSize }, () => images.at(random.int(images.count)));
        return {
          image: floats([batchSize, 3, 64, 64], pixels(picked)),
          noise: floats([batchSize, latentChannels, latentSide, latentSide], tape.read(random, batchSize * latentChannels * latentSide ** 2)),
        };
      },
    };
  },
  async finish({ executor, cache }, weights) {
    const images = await trainingImages(cache), size = 256;
    const program = await executor.compile({ mean: encode(new WeightScope(), config, input("image", ["B", 3, 64, 64])).mean }, (name) => weights.get(name));
    const sums = [0, 0, 0];
    for (let i = 0; i < size; i += 32) {
      const { mean: latents } = await program.run({ image: floats([32, 3, 64, 64], pixels(Array.from({ length: 32 }, (_, j) => images.at(i + j)))) });
      for (const x of latents.data) { sums[0]! += 1; sums[1]! += x; sums[2]! += x * x; }
    }
    await program.release();
    const shift = sums[1]! / sums[0]!, spread = Math.sqrt(sums[2]! / sums[0]! - shift ** 2);
    return { "config.json": { ...json, scaling_factor: Number((1 / spread).toFixed(4)), shift_factor: Number(shift.toFixed(4)) } };
  },
};
