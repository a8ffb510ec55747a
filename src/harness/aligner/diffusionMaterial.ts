/** Training material of the one arm that a diffusion loss trains: what the LVLM wrote about pictures, and the pictures as FLUX's latents. */
import { join } from "node:path";
import { sha256, sha256FileOnce } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import type { Tensors } from "../../graph/executor.ts";
import { floats } from "../../graph/tensor.ts";
import type { Image } from "../../images/image.ts";
import { encode, scaleLatent } from "../../models/autoencoder/autoencoder.ts";
import { downsampling } from "../../models/autoencoder/config.ts";
import { packLatents } from "../../models/flux/latents.ts";
import { diffusionLoss } from "../../models/thinkdiff/diffusionLoss.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { openAutoencoder, openClipText, openFlux, type BaseModel } from "../baseModels.ts";
import { emptyPooled } from "../benchCobsat/painter.ts";
import { pictureRows } from "../features/imageTokens.ts";
import type { FeatureImages, FeatureSet } from "../features/recipe.ts";
import { missingFrom } from "../features/store.ts";
import type { OpenedT5, ProfileFolders } from "../models.ts";
import { stableJson } from "../stableJson.ts";
import { drawnSamples, heldOutBatches, samplesIn, trainingBatch, type TrainingSample } from "./batches.ts";
import type { SampleCounts } from "./makings.ts";
import { lvlmSamples, type Material } from "./material.ts";
import type { TrainAlignerOptions } from "./trainAligner.ts";

/** Side of the pictures in pixels: the diffusion loss is there for square pictures of this size, as micro draws them. */
const pictureSide = 64;

const filesOf = ({ checkpoint }: Pick<BaseModel<unknown>, "checkpoint">): string[] => checkpoint.files.map(({ path }) => sha256FileOnce(path));

/** SHA-256 of all that decides a sample: what the LVLM wrote, of an identity, and the models that a diffusion loss passes. */
export const diffusionIdentity = ({ flux, vae, clip }: Pick<ProfileFolders, "flux" | "vae" | "clip">, answers: string): string =>
  sha256(stableJson({ format: 1, answers, flux: filesOf(openFlux(flux)), vae: filesOf(openAutoencoder(vae, pictureSide)), clip: filesOf(openClipText(clip)) }));

/** Noise levels as rectified-flow models are trained on: logit-normal. */
const noiseLevel = (random: Random): number => 1 / (1 + Math.exp(-random.normal()));

const latentsName = "latents-of-pictures";

const latentMakings = (vae: Pick<BaseModel<unknown>, "checkpoint">, images: FeatureImages): string => stableJson({ format: 1, vae: filesOf(vae), images: images.identity });

/** How many training pictures' latents are not in the cache. */
export function latentsMissing({ vae }: Pick<ProfileFolders, "vae">, images: FeatureImages, cache: string, { train, heldOut }: SampleCounts): number {
  const made = latentMakings(openAutoencoder(vae, pictureSide), images), missing = (prefix: string, count: number): number => missingFrom({ place: join(cache, latentsName), made, prefix, count });
  return missing("train", train) + missing("held-out", heldOut);
}

/** The material of objective "diffusion". */
export function diffusionMaterial(options: TrainAlignerOptions, t5: OpenedT5): Material {
  const { folders, executor, cache, images, signal } = options, { side: { width, identity: answers }, words, of } = lvlmSamples(options, t5);
  const flux = openFlux(folders.flux!), vae = openAutoencoder(folders.vae!, pictureSide), latentSide = pictureSide / downsampling(vae.config), { inChannels: C, pooledWidth, guidanceEmbeds } = flux.config, P = latentSide ** 2 / 4;
  const identity = diffusionIdentity({ flux: folders.flux!, vae: folders.vae!, clip: folders.clip! }, answers);

  async function latentReader() {
    const program = await executor.compile({ latent: scaleLatent(vae.config, encode(new WeightScope(), vae.config, input("image", ["B", 3, pictureSide, pictureSide])).mean) }, vae.weights), area = pictureSide ** 2;
    return {
      async read(pictures: readonly Image[]) {
        const pixels = new Float32Array(pictures.length * 3 * area);
        pictures.forEach(({ width, height, data }, b) => {
          if (width !== pictureSide || height !== pictureSide) throw new UserError(`a training picture has ${width} x ${height} pixels; the diffusion loss is there for ${pictureSide} x ${pictureSide} alone`);
          for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) pixels[(b * 3 + c) * area + i] = data[3 * i + c]! / 127.5 - 1;
        });
        const packed = packLatents((await program.run({ image: floats([pictures.length, 3, pictureSide, pictureSide], pixels) })).latent);
        return pictures.map((_, b) => floats([P, C], (packed.data as Float32Array).slice(b * P * C, (b + 1) * P * C)));
      },
      release: () => program.release(),
    };
  }
  const latentsOf = (set: FeatureSet, count: number) =>
    pictureRows({ cache, images, made: latentMakings(vae, images), ...(signal ? { signal } : {}) }, { name: latentsName, words: "latents", width: C, open: latentReader }, set, count);

  return {
    width, identity, frozen: flux.weights, counted: samplesIn,
    loss: (aligner, config, weights) => diffusionLoss(aligner, config, weights, flux.config, latentSide).loss,
    async prepare(experiment, counts) {
      const empty = (await emptyPooled(executor, folders.clip!)).data as Float32Array, sets = { train: await latentsOf("train", counts.train), "held-out": await latentsOf("held-out", counts.heldOut) };
      /** A picture that could not be read has no latent: nothing is drawn of it. */
      const usable = async (set: FeatureSet, count: number): Promise<TrainingSample[]> => (await of(experiment, set, count)).filter(({ picture }) => sets[set][picture]!.features.length > 0);
      const train = await usable("train", counts.train), unseen = await usable("held-out", counts.heldOut);
      function feeds(set: FeatureSet, { features, mask }: Tensors, samples: readonly TrainingSample[], random: Random): Tensors {
        const B = samples.length, latents = new Float32Array(B * P * C), pooled = new Float32Array(B * pooledWidth);
        samples.forEach(({ picture }, b) => { latents.set(sets[set][picture]!.features, b * P * C); pooled.set(empty, b * pooledWidth); });
        return {
          features: features!, mask: mask!, latents: floats([B, P, C], latents), noise: floats([B, P, C], random.normals(B * P * C)), sigma: floats([B], samples.map(() => noiseLevel(random))), pooled: floats([B, pooledWidth], pooled),
          ...(guidanceEmbeds ? { guidance: floats([B], new Float32Array(B).fill(1)) } : {}),
        };
      }
      return {
        heldOut: heldOutBatches(experiment, unseen, words).map((batch, i) => feeds("held-out", batch, unseen.slice(i * experiment.batch, (i + 1) * experiment.batch), new Random("held-out diffusion", i))),
        batch: (step) => feeds("train", trainingBatch(experiment, train, words, step), drawnSamples(experiment, train, step), new Random("aligner diffusion", experiment.seed, step)),
      };
    },
  };
}
