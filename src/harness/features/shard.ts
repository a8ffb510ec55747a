import { UserError } from "../../files/userError.ts";
import { openSafetensors, readTensor, readTensorAsFloat32, writeSafetensors } from "../../weights/safetensors.ts";

/** Tokens of one sample with a feature each. */
export interface FeatureRow {
  readonly ids: Int32Array;
  readonly text: string;
  /** [ids.length, d]. */
  readonly features: Float32Array;
}

function joined<T extends Int32Array | Float32Array>(make: (length: number) => T, parts: readonly T[]): T {
  const all = make(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part as never, at); at += part.length; }
  return all;
}

/** Writes samples as one safetensors file: "lengths" [samples], "ids" [tokens], "features" [tokens, d] in F16, texts as metadata. */
export function writeShard(path: string, rows: readonly FeatureRow[], width: number): void {
  const lengths = Int32Array.from(rows, ({ ids }) => ids.length), ids = joined((n) => new Int32Array(n), rows.map((row) => row.ids));
  writeSafetensors(path, new Map([
    ["lengths", { dtype: "I32" as const, shape: [rows.length], data: lengths }],
    ["ids", { dtype: "I32" as const, shape: [ids.length], data: ids }],
    ["features", { dtype: "F16" as const, shape: [ids.length, width], data: joined((n) => new Float32Array(n), rows.map((row) => row.features)) }],
  ]), { texts: JSON.stringify(rows.map(({ text }) => text)) });
}

/** Reads a shard of `count` samples of width `width`; a UserError where the file holds something else. */
export function readShard(path: string, count: number, width: number): FeatureRow[] {
  const file = openSafetensors(path), lengths = readTensor(file, "lengths").data as Int32Array, ids = readTensor(file, "ids").data as Int32Array, features = readTensorAsFloat32(file, "features");
  const texts = JSON.parse(file.metadata["texts"] ?? "[]") as string[], tokens = lengths.reduce((a, b) => a + b, 0);
  if (lengths.length !== count || texts.length !== count || ids.length !== tokens || features.length !== tokens * width) {
    throw new UserError(`${path}: expected ${count} samples of width ${width}, found ${lengths.length} with ${ids.length} tokens and ${features.length} numbers; remove the file to have it made again`);
  }
  let at = 0;
  return texts.map((text, i) => {
    const from = at, to = (at += lengths[i]!);
    return { text, ids: ids.subarray(from, to), features: features.subarray(from * width, to * width) };
  });
}
