/** Training features, made once and kept by identity under `<cache>/features`. */
import { join } from "node:path";
import type { Executor } from "../../graph/executor.ts";
import { needsAnswers, rowMaker, type FeatureKind } from "./makers.ts";
import { featureMakings, featurePrompt, featureStream, type FeatureSet, type FeatureSource } from "./recipe.ts";
import type { FeatureRow, MadeRow } from "./shard.ts";
import { isMade, missingFrom, orSkipped, storedRows, type FeatureStore } from "./store.ts";

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
export async function trainingFeatures(source: FeatureSource, kind: FeatureKind, set: FeatureSet, count: number, options: FeatureOptions): Promise<readonly FeatureRow[]> {
  const { executor, cache, batch = 64, signal, ...store } = options;
  return storedRows({
    ...store, ...featurePlace(cache, featureMakings(source), kind, set, count), width: source.lvlm.config.hidden_size,
    async maker() {
      const answers = needsAnswers(kind) ? await trainingFeatures(source, "generated", set, count, options) : undefined, maker = await rowMaker(kind, source, executor);
      return {
        /** Prompts of like length are read together, so that little is padding. */
        async make(from, to, made) {
          const samples = await Promise.all(Array.from({ length: to - from }, (_, i) => orSkipped(async () => ({ i, prompt: await featurePrompt(source, set, from + i), stream: featureStream(set, from + i) }))));
          const rows = samples.map((sample): MadeRow | undefined => (isMade(sample) ? undefined : sample));
          const order = samples.filter(isMade).toSorted((a, b) => a.prompt.ids.length - b.prompt.ids.length || a.i - b.i);
          made(rows.length - order.length);
          for (let at = 0; at < order.length; at += batch) {
            signal?.throwIfAborted();
            const part = order.slice(at, at + batch), own = await maker.make(part.map((s) => s.prompt), part.map((s) => s.stream), answers && part.map(({ i }) => answers[from + i]!.ids));
            part.forEach(({ i }, j) => { rows[i] = own[j]!; });
            made(part.length);
          }
          return rows as MadeRow[];
        },
        release: () => maker.release(),
      };
    },
  });
}

/** How many of the first `count` samples of a set are not in the cache. */
export const featuresMissing = (source: FeatureSource, kind: FeatureKind, set: FeatureSet, count: number, { cache, shard }: Pick<FeatureOptions, "cache" | "shard">): number =>
  missingFrom({ ...featurePlace(cache, featureMakings(source), kind, set, count), ...(shard === undefined ? {} : { shard }) });
