/** Training features, made once and kept by identity under `<cache>/features`. */
import { join } from "node:path";
import type { Executor } from "../../graph/executor.ts";
import { rowMakers, type FeatureKind } from "./makers.ts";
import { featureMakings, featurePrompt, featureStream, type FeatureSet, type FeatureSource } from "./recipe.ts";
import type { FeatureRow, MadeRow } from "./shard.ts";
import { isMade, orSkipped, storedRows, type FeatureStore } from "./store.ts";

export interface FeatureOptions extends Pick<FeatureStore, "shard" | "memory"> {
  readonly executor: Executor;
  readonly cache: string;
  /** Prompts the LVLM reads at once; no sample depends on it. */
  readonly batch?: number;
  /** Once aborted, the file in the making is given up and the reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Where the features of a set lie below a cache, by what they are made of. */
export const featurePlace = (cache: string, made: string, kind: FeatureKind, set: FeatureSet, count: number): Pick<FeatureStore, "place" | "made" | "prefix" | "label" | "count"> =>
  ({ place: join(cache, "features"), made, prefix: `${kind}-${set}`, label: `features (${kind}, ${set})`, count });

/** The first `count` samples of a set, read from the cache or made; those of pictures that cannot be used are empty. */
export function trainingFeatures(source: FeatureSource, kind: FeatureKind, set: FeatureSet, count: number, { executor, cache, batch = 64, signal, ...store }: FeatureOptions): Promise<readonly FeatureRow[]> {
  return storedRows({
    ...store, ...featurePlace(cache, featureMakings(source), kind, set, count), width: source.lvlm.config.hidden_size,
    async maker() {
      const rowMaker = await rowMakers[kind](source, executor);
      return {
        /** Prompts of like length are read together, so that little is padding. */
        async make(from, to, made) {
          const samples = await Promise.all(Array.from({ length: to - from }, (_, i) => orSkipped(async () => ({ i, prompt: await featurePrompt(source, set, from + i), stream: featureStream(set, from + i) }))));
          const rows = samples.map((sample): MadeRow | undefined => (isMade(sample) ? undefined : sample));
          const order = samples.filter(isMade).toSorted((a, b) => a.prompt.ids.length - b.prompt.ids.length || a.i - b.i);
          made(rows.length - order.length);
          for (let at = 0; at < order.length; at += batch) {
            signal?.throwIfAborted();
            const part = order.slice(at, at + batch), own = await rowMaker.make(part.map((s) => s.prompt), part.map((s) => s.stream));
            part.forEach(({ i }, j) => { rows[i] = own[j]!; });
            made(part.length);
          }
          return rows as MadeRow[];
        },
        release: () => rowMaker.release(),
      };
    },
  });
}
