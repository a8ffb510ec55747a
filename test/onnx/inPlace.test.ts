import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { float32ToBfloat16 } from "../../src/weights/bfloat16.ts";
import { writeSafetensors, type TensorToWrite } from "../../src/weights/safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "in-place-")), file = join(folder, "model.safetensors"), width = 1024, layers = 24, bytes = layers * width * width * 2;
afterAll(() => rmSync(folder, { recursive: true }));

interface Measured { readonly grown: number; readonly numbers: readonly number[] }

function run(...args: readonly string[]): Measured {
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", join(import.meta.dirname, "inPlace.child.ts"), file, join(folder, "sessions"), ...args], { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Measured;
}

test.skipIf(process.platform !== "linux")("16-bit weights are not held a second time, neither for a run nor for a gradient", () => {
  const base = new Float32Array(width * width).map((_, i) => Math.sin(i) / 32);
  const layer = (n: number): TensorToWrite => ({ dtype: "BF16", shape: [width, width], data: float32ToBfloat16(base.map((x) => x * (1 + n / 64))) });
  writeSafetensors(file, new Map(Array.from({ length: layers }, (_, n) => [`w${n}`, layer(n)])));
  const inPlace = run(), widened = run("Infinity");
  console.info(`${bytes >> 20} MiB of weights: memory grew by ${inPlace.grown >> 20} MiB in place, by ${widened.grown >> 20} MiB widened`);
  expect(inPlace.grown).toBeLessThan(2.5 * bytes); // the file, and what a few layers take: another copy in 16 bits is 1 more, a widened one 2
  expect(widened.grown).toBeGreaterThan(3 * bytes); // so that the measure can tell
  const largest = Math.max(...widened.numbers.map(Math.abs)); // products of packed and of plain weights are rounded in another order
  for (const [i, number] of inPlace.numbers.entries()) expect(Math.abs(number - widened.numbers[i]!)).toBeLessThan(1e-4 * largest);
}, 60_000);
