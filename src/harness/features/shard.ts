/** Files of features: "lengths" [samples], "ids" [tokens], "features" [tokens, d] in F16; texts, what was skipped and the identity of what made them as metadata. */
import { readExactly, withFile } from "../../files/read.ts";
import { UserError } from "../../files/userError.ts";
import { toFloat32, viewAs } from "../../weights/dtype.ts";
import { openSafetensors, readTensor, writeSafetensors } from "../../weights/safetensors.ts";
import { stringList } from "../stringList.ts";

/** Tokens of one sample with a feature each; a skipped sample has none. */
export interface FeatureRow {
  /** The tokens' ids; of a picture, their places in it. */
  readonly ids: Int32Array;
  readonly text: string;
  /** [ids.length, d]. */
  readonly features: Float32Array;
}

/** Why a sample has no features, which names it. */
export interface SkippedRow { readonly skipped: string }

export type MadeRow = FeatureRow | SkippedRow;

/** Rows as they were read; those of skipped samples are empty. */
export interface Shard { readonly rows: readonly FeatureRow[]; readonly skipped: readonly string[] }

const noRow: FeatureRow = { ids: new Int32Array(0), text: "", features: new Float32Array(0) };

function joined<T extends Int32Array | Float32Array>(make: (length: number) => T, parts: readonly T[]): T {
  const all = make(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part as never, at); at += part.length; }
  return all;
}

/** Writes samples of width `width` as one safetensors file. */
export function writeShard(path: string, made: readonly MadeRow[], width: number, identity: string): void {
  const rows = made.map((row) => ("skipped" in row ? noRow : row)), features = joined((n) => new Float32Array(n), rows.map((row) => row.features)), ids = joined((n) => new Int32Array(n), rows.map((row) => row.ids));
  writeSafetensors(path, new Map([
    ["lengths", { dtype: "I32" as const, shape: [rows.length], data: Int32Array.from(rows, ({ ids: own }) => own.length) }],
    ["ids", { dtype: "I32" as const, shape: [ids.length], data: ids }],
    ["features", { dtype: "F16" as const, shape: [ids.length, width], data: features }],
  ]), { identity, texts: JSON.stringify(rows.map(({ text }) => text)), skipped: JSON.stringify(made.flatMap((row) => ("skipped" in row ? [row.skipped] : []))) });
}

function listOf(path: string, metadata: Readonly<Record<string, string>>, key: string): string[] {
  const list = stringList(metadata[key] ?? "[]");
  if (!list) throw new UserError(`${path}: its ${key} are no list of strings; remove the file to have it made again`);
  return list;
}

/** Reads a shard of `count` samples of width `width`; features stay on disk until they are asked for, unless `inMemory`. A UserError where the file holds something else. */
export function readShard(path: string, count: number, width: number, { identity, inMemory = true }: { readonly identity: string; readonly inMemory?: boolean }): Shard {
  const file = openSafetensors(path), of = (name: string): Int32Array => {
    const { dtype, data } = readTensor(file, name);
    if (dtype !== "I32") throw new UserError(`${path}: tensor ${name} has element type ${dtype}, expected I32; remove the file to have it made again`);
    return data as Int32Array;
  };
  const lengths = of("lengths"), ids = of("ids"), texts = listOf(path, file.metadata, "texts"), entry = file.tensors.get("features"), tokens = lengths.reduce((a, b) => a + b, 0);
  if (lengths.length !== count || texts.length !== count || lengths.some((n) => n < 0) || ids.length !== tokens || entry?.dtype !== "F16" || entry.shape.join() !== `${tokens},${width}`) {
    throw new UserError(`${path}: expected ${count} samples of width ${width}, found ${lengths.length} with ${ids.length} ids and features ${entry?.dtype ?? ""} [${entry?.shape.join(", ") ?? ""}]; remove the file to have it made again`);
  }
  if ((file.metadata["identity"] ?? identity) !== identity) throw new UserError(`${path}: was made by ${file.metadata["identity"]}, expected ${identity}; remove the file to have it made again`);
  const read = (from: number, to: number): Float32Array => toFloat32("F16", viewAs("F16", withFile(path, (fd) => readExactly(fd, path, entry.offset + 2 * from * width, 2 * (to - from) * width))));
  const all = inMemory ? read(0, tokens) : undefined;
  let at = 0;
  return {
    skipped: listOf(path, file.metadata, "skipped"),
    rows: texts.map((text, i) => {
      const from = at, to = (at += lengths[i]!);
      return { text, ids: ids.subarray(from, to), get features() { return all ? all.subarray(from * width, to * width) : read(from, to); } };
    }),
  };
}
