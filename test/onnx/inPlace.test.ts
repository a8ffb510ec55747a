import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { float32ToBfloat16 } from "../../src/weights/bfloat16.ts";
import { writeSafetensors, type TensorToWrite } from "../../src/weights/safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "in-place-")), file = join(folder, "model.safetensors"), width = 1024, each = 5, mebibyte = 2 ** 20;
afterAll(() => rmSync(folder, { recursive: true }));

interface Measured { readonly peak: number; readonly own: number; readonly results: readonly (readonly number[])[] }

test.skipIf(process.platform !== "linux")("neither 16-bit weights nor parts of any are held a second time, neither for a run nor for a gradient", () => {
  const wide = new Float32Array(2 * width * width).map((_, i) => Math.sin(i) / 32), narrow = float32ToBfloat16(wide), parts = { shape: [width, 2 * width] };
  const kinds: Record<string, TensorToWrite> = { "whole, 16 bits": { dtype: "BF16", shape: [width, width], data: narrow.subarray(width * width) }, "parts, 16 bits": { ...parts, dtype: "BF16", data: narrow }, "parts, 32 bits": { ...parts, dtype: "F32", data: wide } };
  writeSafetensors(file, new Map(Object.entries(kinds).flatMap(([kind, tensor]) => Array.from({ length: each }, (_, n): [string, TensorToWrite] => [`${kind}, ${n}`, tensor]))));
  const size = 14 * each * width ** 2, { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", join(import.meta.dirname, "inPlace.child.ts"), file, join(folder, "sessions")], { encoding: "utf8" });
  const [inPlace, folded] = stdout.split("\n").slice(0, 2).map((line) => JSON.parse(line || "null") as Measured | null);
  if (!inPlace || !folded) throw new Error(stderr);
  console.info(`${size / mebibyte} MiB of weights: memory grew by ${inPlace.peak >> 20} MiB in place, ${inPlace.own >> 20} of them private in the end; ${folded.own >> 20} folded`);
  expect(inPlace.peak).toBeLessThan(size + 55 * mebibyte); // the file, the engine and what a few layers take: another copy of the parts is 35 more
  expect(inPlace.own).toBeLessThan(32 * mebibyte);
  expect(folded.own).toBeGreaterThan(1.5 * size); // so that the measure can tell
  for (const [i, wanted] of folded.results.entries()) { // products of packed and of plain weights are rounded in another order
    const largest = Math.max(...wanted.map(Math.abs)), difference = Math.max(...wanted.map((number, j) => Math.abs(number - inPlace.results[i]![j]!)));
    expect(difference).toBeLessThan(1e-5 * largest);
  }
}, 60_000);
