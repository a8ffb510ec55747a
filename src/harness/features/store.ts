/** Features made once and kept: `<folder>/<prefix>-<from>-<to>.safetensors`, beside made.json, whose SHA-256 is the folder's name. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../files/atomic.ts";
import { sha256 } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import { notice, startProgress } from "../progress.ts";
import { readShard, writeShard, type FeatureRow, type MadeRow, type SkippedRow } from "./shard.ts";

export interface StretchMaker {
  /** Samples from..to-1, in order; tells `made` of each so many that are done. */
  make(from: number, to: number, made: (rows: number) => void): Promise<readonly MadeRow[]>;
  release(): Promise<void>;
}

export interface FeatureStore {
  /** Holds a folder for each identity. */
  readonly place: string;
  /** All that decides a feature, as text. */
  readonly made: string;
  readonly prefix: string;
  /** What progress calls the work. */
  readonly label: string;
  readonly count: number;
  readonly width: number;
  /** Samples a file holds; a killed run loses at most one file. */
  readonly shard?: number;
  /** Most bytes of files that are kept in memory; of larger ones rows are read when they are used. */
  readonly memory?: number;
  readonly maker: () => Promise<StretchMaker>;
}

/** Work on one sample; a fault of the sample, a UserError, skips it. */
export async function orSkipped<T>(work: () => Promise<T>): Promise<T | SkippedRow> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) return { skipped: error.message };
    throw error;
  }
}

/** Whether work on a sample was not skipped. */
export const isMade = <T extends object>(sample: T | SkippedRow): sample is T => !("skipped" in sample);

/** The identity of a store, whose folder says what it is the identity of. */
function checkedIdentity({ place, made }: FeatureStore): string {
  const identity = sha256(made), folder = join(place, identity), file = join(folder, "made.json");
  if (!existsSync(file)) writeAtomically(file, made);
  else if (readFileSync(file, "utf8") !== made) throw new UserError(`${file}: does not say what the features beside it are made of; remove ${folder} to have them made again`);
  return identity;
}

type Stretches = Pick<FeatureStore, "place" | "made" | "prefix" | "count" | "shard">;

/** How many samples of a store are not there. */
export const missingFrom = (store: Stretches): number => storeFiles(store).reduce((sum, { path, from, to }) => sum + (existsSync(path) ? 0 : to - from), 0);

/** The files of a store, there or not. */
export function storeFiles(store: Stretches): { readonly path: string; readonly from: number; readonly to: number }[] {
  const { place, made, prefix, count, shard = 512 } = store, digits = (n: number): string => `${n}`.padStart(6, "0");
  return Array.from({ length: Math.ceil(count / shard) }, (_, i) => {
    const from = i * shard, to = Math.min(count, from + shard);
    return { from, to, path: join(place, sha256(made), `${prefix}-${digits(from)}-${digits(to)}.safetensors`) };
  });
}

/** The rows of a store, read or made; an interrupted making goes on behind its last whole file. Rows of skipped samples are empty, and their reasons are told on stderr. */
export async function storedRows(store: FeatureStore): Promise<readonly FeatureRow[]> {
  const { label, count, width, memory = 2 ** 30, maker } = store, identity = checkedIdentity(store), files = storeFiles(store);
  const missing = files.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) {
    const progress = startProgress(label, count, { alreadyDone: count - missing.reduce((sum, { from, to }) => sum + to - from, 0) }), { make, release } = await maker();
    try {
      for (const { path, from, to } of missing) writeShard(path, await make(from, to, (rows) => progress.add(rows)), width, identity);
    } finally {
      await release();
      progress.finish();
    }
  }
  const inMemory = files.reduce((bytes, { path }) => bytes + statSync(path).size, 0) <= memory;
  const read = files.map(({ path, from, to }) => readShard(path, to - from, width, { identity, inMemory })), skipped = read.flatMap((file) => file.skipped);
  if (skipped.length > 0) notice(`${label}: ${skipped.length} of ${count} samples skipped`, skipped);
  return read.flatMap(({ rows }) => rows);
}
