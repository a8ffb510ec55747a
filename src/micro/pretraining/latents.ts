import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readJsonAs } from "../../files/json.ts";
import { sha256FileOnce } from "../../files/sha256.ts";
import { writeAtomically } from "../../files/atomic.ts";
import type { Executor } from "../../graph/executor.ts";
import { floats } from "../../graph/tensor.ts";
import { encode, scaleLatent } from "../../models/autoencoder/autoencoder.ts";
import { parseAutoencoderConfig } from "../../models/autoencoder/config.ts";
import { packLatents } from "../../models/flux/latents.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { pixels, type ImageStore } from "./images.ts";
import { latentChannels, latentSide } from "./vae.ts";

const BATCH = 32;
/** Values of one packed latent: 16 tokens of 64 channels. */
export const packedValues = latentChannels * latentSide ** 2;

const latentsFile = (cache: string, vae: string, name: string, count: number): string => join(cache, "latents", `${name}-${count}-${sha256FileOnce(openCheckpoint(vae).files[0]!.path).slice(0, 16)}.f32`);

/** Whether the latents of so many pictures are in the cache. */
export const latentsMade = (cache: string, vae: string, name: string, count: number): boolean => existsSync(latentsFile(cache, vae, name, count));

/** Scaled, packed latents of stored pictures, one after the other; cached by the autoencoder's weights. */
export async function packedLatents(executor: Executor, cache: string, vae: string, name: string, images: ImageStore, progress: (text: string) => void): Promise<Float32Array> {
  const checkpoint = openCheckpoint(vae), config = readJsonAs(join(vae, "config.json"), parseAutoencoderConfig);
  const path = latentsFile(cache, vae, name, images.count);
  if (!existsSync(path)) {
    const image = input("image", ["B", 3, 8 * latentSide, 8 * latentSide]);
    const program = await executor.compile({ latent: scaleLatent(config, encode(new WeightScope(), config, image).mean) }, (n) => checkpoint.tensors.get(n));
    const all = new Float32Array(images.count * packedValues);
    for (let i = 0; i < images.count; i += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, images.count - i) }, (_, j) => images.at(i + j));
      const { latent } = await program.run({ image: floats([batch.length, 3, 64, 64], pixels(batch)) });
      all.set(packLatents(latent).data, i * packedValues);
      if (i % (BATCH * 50) === 0) progress(`encoding ${name} ${i}/${images.count}`);
    }
    await program.release();
    mkdirSync(dirname(path), { recursive: true });
    writeAtomically(path, new Uint8Array(all.buffer));
  }
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}
