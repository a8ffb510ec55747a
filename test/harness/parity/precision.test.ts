import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { measurePrecision } from "../../../src/harness/parity/precision.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";

const executor = ortExecutor({ threads: 1 });

it("weights of 16 bits cost their rounding and no more, as docs/precision.md has it", async () => {
  const [, f32Said, bf16Said, f16Said] = /\| eva-vit \| 7 \| (\S+) \| (\S+) \(.*?\) \| (\S+) \(/.exec(readFileSync("docs/precision.md", "utf8"))!.map(Number) as [number, number, number, number];
  const [f32, bf16, f16] = await Promise.all((["F32", "BF16", "F16"] as const).map((weights) => measurePrecision("test/oracle/eva-vit", weights, executor)));
  expect([f32!.outputs, bf16!.outputs, f16!.outputs]).toEqual([7, 7, 7]);
  expect(f32!.error).toBeLessThan(2 * f32Said);
  for (const [measured, said] of [[bf16!, bf16Said], [f16!, f16Said]] as const) {
    expect(measured.error / said).toBeGreaterThan(0.9);
    expect(measured.error / said).toBeLessThan(1.1);
  }
});

it("a training's own aligner stays in 32 bits while its T5 is rounded", async () => {
  const { error, outputs } = await measurePrecision("test/oracle/aligner-training", "F16", executor);
  expect(outputs).toBe(72);
  expect(error).toBeGreaterThan(3e-4); // F16 weights show
  expect(error).toBeLessThan(1e-2);
});
