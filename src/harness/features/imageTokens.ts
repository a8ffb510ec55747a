/** What a vision model makes of training pictures, made once and kept by identity: ThinkDiff-CLIP's image tokens, and FLUX's latents. */
import { join } from "node:path";
import type { Executor } from "../../graph/executor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Image } from "../../images/image.ts";
import type { OpenedVision } from "../models.ts";
import type { FeatureImages, FeatureSet } from "./recipe.ts";
import type { FeatureRow, MadeRow } from "./shard.ts";
import { isMade, missingFrom, orSkipped, storedRows, type FeatureStore } from "./store.ts";
import { visionReader } from "./visionReader.ts";

/** Reads pictures: rows [S, d] of each, S the same for all. */
export interface PictureReader {
  read(pictures: readonly Image[]): Promise<Tensor[]>;
  release(): Promise<void>;
}

export interface PictureRowOptions extends Pick<FeatureStore, "made" | "shard" | "memory"> {
  readonly cache: string;
  readonly images: Pick<FeatureImages, "image">;
  readonly signal?: AbortSignal;
}

export interface ImageTokenOptions extends PictureRowOptions {
  readonly executor: Executor;
  readonly vision: OpenedVision;
}

const atOnce = 32;

const pictureRow = ({ shape, data }: Tensor): FeatureRow => ({ ids: Int32Array.from({ length: shape[0]! }, (_, place) => place), text: "", features: data as Float32Array });

/** Rows of each of the first `count` pictures of a set, none of those that cannot be used, under `<cache>/<name>`; halves on disk, so they are the same whether made or read. */
export function pictureRows({ cache, images, signal, ...store }: PictureRowOptions, { name, words, width, open }: { readonly name: string; readonly words: string; readonly width: number; readonly open: () => Promise<PictureReader> }, set: FeatureSet, count: number): Promise<readonly FeatureRow[]> {
  return storedRows({
    ...store, place: join(cache, name), prefix: set, label: `${words} (${set})`, count, width,
    async maker() {
      const reader = await open();
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

const imageTokensName = "image-tokens";

/** How many training pictures' tokens are not in the cache. */
export const imageTokensMissing = ({ cache, made }: Pick<PictureRowOptions, "cache" | "made">, counts: { readonly train: number; readonly heldOut: number }): number =>
  ([["train", counts.train], ["held-out", counts.heldOut]] as const).reduce((sum, [prefix, count]) => sum + missingFrom({ place: join(cache, imageTokensName), made, prefix, count }), 0);

/** Tokens [S, d] of each of the first `count` pictures of a set. */
export const imageTokens = ({ executor, vision, ...options }: ImageTokenOptions, set: FeatureSet, count: number): Promise<readonly FeatureRow[]> =>
  pictureRows(options, { name: imageTokensName, words: "image tokens", width: vision.config.hidden_size, open: () => visionReader(executor, vision) }, set, count);
