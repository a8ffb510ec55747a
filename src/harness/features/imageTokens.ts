/** Image tokens of training pictures, made once and kept by identity: `<cache>/image-tokens/<identity>/<set>-<count>.safetensors`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Executor } from "../../graph/executor.ts";
import { openSafetensors, readTensorAsFloat32, writeSafetensors } from "../../weights/safetensors.ts";
import type { OpenedVision } from "../models.ts";
import { startProgress } from "../progress.ts";
import type { FeatureImages, FeatureSet } from "./recipe.ts";
import { visionReader } from "./visionReader.ts";

export interface ImageTokenOptions {
  readonly executor: Executor;
  readonly cache: string;
  readonly vision: OpenedVision;
  readonly images: FeatureImages;
  readonly identity: string;
  readonly signal?: AbortSignal;
}

const atOnce = 32;

/** Tokens [S, d] of each of the first `count` pictures of a set; halves on disk, so they are the same whether made or read. */
export async function imageTokens({ executor, cache, vision, images, identity, signal }: ImageTokenOptions, set: FeatureSet, count: number): Promise<Float32Array[]> {
  const path = join(cache, "image-tokens", identity, `${set}-${count}.safetensors`);
  if (!existsSync(path)) {
    const reader = await visionReader(executor, vision), progress = startProgress(`image tokens (${set})`, count), all: Float32Array[] = [];
    try {
      for (let from = 0; from < count; from += atOnce) {
        signal?.throwIfAborted();
        const pictures = await Promise.all(Array.from({ length: Math.min(atOnce, count - from) }, (_, i) => images.image(set, from + i)));
        all.push(...(await reader.read(pictures)).map(({ data }) => data as Float32Array));
        progress.add(pictures.length);
      }
    } finally {
      await reader.release();
      progress.finish();
    }
    const size = all[0]!.length, joined = new Float32Array(count * size);
    all.forEach((own, i) => joined.set(own, i * size));
    writeSafetensors(path, new Map([["tokens", { dtype: "F16" as const, shape: [count, size / vision.config.hidden_size, vision.config.hidden_size], data: joined }]]), {});
  }
  const joined = readTensorAsFloat32(openSafetensors(path), "tokens"), size = joined.length / count;
  return Array.from({ length: count }, (_, i) => joined.subarray(i * size, (i + 1) * size));
}
