/** Image tokens of training pictures, made once and kept by identity under `<cache>/image-tokens`. */
import { join } from "node:path";
import type { Executor } from "../../graph/executor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { OpenedVision } from "../models.ts";
import type { FeatureImages, FeatureSet } from "./recipe.ts";
import type { FeatureRow, MadeRow } from "./shard.ts";
import { isMade, orSkipped, storedRows, type FeatureStore } from "./store.ts";
import { visionReader } from "./visionReader.ts";

export interface ImageTokenOptions extends Pick<FeatureStore, "made" | "shard" | "memory"> {
  readonly executor: Executor;
  readonly cache: string;
  readonly vision: OpenedVision;
  readonly images: Pick<FeatureImages, "image">;
  readonly signal?: AbortSignal;
}

const atOnce = 32;

const pictureRow = ({ shape, data }: Tensor): FeatureRow => ({ ids: Int32Array.from({ length: shape[0]! }, (_, place) => place), text: "", features: data as Float32Array });

/** Tokens [S, d] of each of the first `count` pictures of a set, none of those that cannot be used; halves on disk, so they are the same whether made or read. */
export function imageTokens({ executor, cache, vision, images, signal, ...store }: ImageTokenOptions, set: FeatureSet, count: number): Promise<readonly FeatureRow[]> {
  return storedRows({
    ...store, place: join(cache, "image-tokens"), prefix: set, label: `image tokens (${set})`, count, width: vision.config.hidden_size,
    async maker() {
      const reader = await visionReader(executor, vision);
      return {
        async make(from, to, made) {
          const rows: MadeRow[] = [];
          for (let at = from; at < to; at += atOnce) {
            signal?.throwIfAborted();
            const pictures = await Promise.all(Array.from({ length: Math.min(atOnce, to - at) }, (_, i) => orSkipped(() => images.image(set, at + i)))), usable = pictures.filter(isMade);
            const tokens = (usable.length > 0 ? await reader.read(usable) : []).values();
            rows.push(...pictures.map((picture) => (isMade(picture) ? pictureRow(tokens.next().value!) : picture)));
            made(pictures.length);
          }
          return rows;
        },
        release: () => reader.release(),
      };
    },
  });
}
