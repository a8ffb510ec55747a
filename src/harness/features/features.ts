/** Training features, made once and kept by identity: `<cache>/features/<identity>/<kind>-<set>-<from>-<to>.safetensors`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Executor } from "../../graph/executor.ts";
import { startProgress } from "../progress.ts";
import { rowMakers, type FeatureKind, type RowMaker } from "./makers.ts";
import { featurePrompt, featuresIdentity, featureStream, type FeatureSet, type FeatureSource } from "./recipe.ts";
import { readShard, writeShard, type FeatureRow } from "./shard.ts";

export interface FeatureOptions {
  readonly executor: Executor;
  readonly cache: string;
  /** Samples a file holds; a killed run loses at most one file. */
  readonly shard?: number;
  /** Prompts the LVLM reads at once; no sample depends on it. */
  readonly batch?: number;
  /** Once aborted, the file in the making is given up and the reason is thrown. */
  readonly signal?: AbortSignal;
}

interface Stretch { readonly path: string; readonly from: number; readonly to: number }

function stretches(folder: string, kind: FeatureKind, set: FeatureSet, count: number, shard: number): Stretch[] {
  const place = (n: number) => `${n}`.padStart(6, "0");
  return Array.from({ length: Math.ceil(count / shard) }, (_, i) => {
    const from = i * shard, to = Math.min(count, from + shard);
    return { from, to, path: join(folder, `${kind}-${set}-${place(from)}-${place(to)}.safetensors`) };
  });
}

/** Rows from..to-1; prompts of like length are read together, so that little is padding. */
async function makeStretch(source: FeatureSource, maker: RowMaker, set: FeatureSet, { from, to }: Stretch, { batch = 64, signal }: FeatureOptions, made: (rows: number) => void): Promise<FeatureRow[]> {
  const samples = await Promise.all(Array.from({ length: to - from }, async (_, i) => ({ i, prompt: await featurePrompt(source, set, from + i), stream: featureStream(set, from + i) })));
  const order = samples.toSorted((a, b) => a.prompt.ids.length - b.prompt.ids.length || a.i - b.i), rows: FeatureRow[] = new Array(to - from);
  for (let at = 0; at < order.length; at += batch) {
    signal?.throwIfAborted();
    const part = order.slice(at, at + batch), own = await maker.make(part.map((s) => s.prompt), part.map((s) => s.stream));
    part.forEach(({ i }, j) => { rows[i] = own[j]!; });
    made(part.length);
  }
  return rows;
}

/** The first `count` samples of a set, read from the cache or made; an interrupted making goes on behind its last whole file. */
export async function trainingFeatures(source: FeatureSource, kind: FeatureKind, set: FeatureSet, count: number, options: FeatureOptions): Promise<FeatureRow[]> {
  const { executor, cache, shard = 512 } = options, width = source.lvlm.config.hidden_size, all = stretches(join(cache, "features", featuresIdentity(source)), kind, set, count, shard);
  const missing = all.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) {
    const progress = startProgress(`features (${kind}, ${set})`, count, { alreadyDone: count - missing.reduce((sum, { from, to }) => sum + to - from, 0) });
    const maker = await rowMakers[kind](source, executor);
    try {
      for (const stretch of missing) writeShard(stretch.path, await makeStretch(source, maker, set, stretch, options, (rows) => progress.add(rows)), width);
    } finally {
      await maker.release();
      progress.finish();
    }
  }
  return all.flatMap(({ path, from, to }) => readShard(path, to - from, width));
}
