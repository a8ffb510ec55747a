import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { floats } from "../../../src/graph/tensor.ts";
import { parseFluxConfig } from "../../../src/models/flux/config.ts";
import { latentImageIds, packLatents, unpackLatents } from "../../../src/models/flux/latents.ts";
import { compileFlux, sampleFlux, type FluxSample } from "../../../src/models/flux/sampler.ts";
import { fluxSchedule, parseSchedulerConfig } from "../../../src/models/flux/schedule.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { Random } from "../../../src/random/random.ts";
import { openCheckpoint } from "../../../src/weights/checkpoint.ts";

const random = new Random("flux sampler tests");
const normals = (shape: readonly number[]) => floats(shape, random.normals(shape.reduce((a, b) => a * b, 1)));

test("packing gathers 2 x 2 patches channel by channel, and unpacking undoes it", () => {
  const latents = floats([1, 2, 2, 4], Array.from({ length: 16 }, (_, i) => i));
  const packed = packLatents(latents);
  expect(packed.shape).toEqual([1, 2, 8]);
  expect([...packed.data]).toEqual([0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15]);
  const many = normals([3, 4, 6, 10]);
  expect(unpackLatents(packLatents(many), 6, 10)).toEqual(many);
  expect([...latentImageIds(4, 6).data]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 1, 0, 1, 2]);
  expect(() => packLatents(normals([1, 2, 3, 4]))).toThrow(/even sides/);
  expect(() => unpackLatents(packed, 4, 4)).toThrow(/not packed latents of 4 x 4/);
});

test("a schedule without dynamic shifting uses the fixed shift", () => {
  expect([...fluxSchedule(parseSchedulerConfig({ shift: 1 }), 4, 99).sigmas]).toEqual([1, 0.75, 0.5, 0.25, 0]);
  expect([...fluxSchedule(parseSchedulerConfig({ shift: 3 }), 2, 99).timesteps]).toEqual([1000, 750]);
  expect(() => parseSchedulerConfig({ use_karras_sigmas: true })).toThrow(/use_karras_sigmas/);
  expect(() => parseSchedulerConfig({ shift_terminal: 0.02 })).toThrow(/shift_terminal/);
});

test("a sample does not depend on which others share its batch", async () => {
  const folder = fileURLToPath(new URL("../../oracle/flux-sampler/transformer", import.meta.url)), { tensors } = openCheckpoint(folder);
  const program = await compileFlux(ortExecutor({ threads: 1 }), parseFluxConfig(JSON.parse(readFileSync(`${folder}/config.json`, "utf8"))), (name) => tensors.get(name));
  const scheduler = parseSchedulerConfig({ use_dynamic_shifting: true });
  const samples: FluxSample[] = [3, 1, 7].map((T) => ({ noise: normals([2, 4, 6]), promptEmbeds: normals([T, 24]), pooled: normals([20]) }));
  const run = (batchSize: number) => sampleFlux({ program, samples, scheduler, steps: 3, guidance: 3.5, batchSize });
  const [alone, pairs, together] = [await run(1), await run(2), await run(8)];
  for (const [i, one] of alone.entries()) {
    expect(one.shape).toEqual([2, 4, 6]);
    for (const other of [pairs[i]!, together[i]!]) expect(Math.max(...one.data.map((x, j) => Math.abs(x - other.data[j]!)))).toBeLessThan(2e-4);
    expect(Math.max(...one.data.map((x, j) => Math.abs(x - samples[i]!.noise.data[j]!)))).toBeGreaterThan(0.1);
  }
  await expect(sampleFlux({ program, samples, scheduler, steps: 1 })).rejects.toThrow(/guidance/);
  await expect(sampleFlux({ program, samples: [samples[0]!, { ...samples[1]!, noise: normals([2, 4, 4]) }], scheduler, steps: 1, guidance: 1 })).rejects.toThrow(/noise of a batch/);
  await program.release();
});

test("batches in lanes give the bytes of batches one after the other", async () => {
  const folder = fileURLToPath(new URL("../../oracle/flux-sampler/transformer", import.meta.url)), { tensors } = openCheckpoint(folder), config = parseFluxConfig(JSON.parse(readFileSync(`${folder}/config.json`, "utf8")));
  const samples: FluxSample[] = [3, 1, 7, 5, 2].map((T) => ({ noise: normals([2, 4, 6]), promptEmbeds: normals([T, 24]), pooled: normals([20]) })), negative = { trueCfgScale: 2, promptEmbeds: normals([4, 24]), pooled: normals([20]) };
  const drawn = [];
  for (const threads of [1, 2, 3]) {
    const program = await compileFlux(ortExecutor({ threads }), config, (name) => tensors.get(name));
    expect(program.lanes ?? 1).toBe(threads);
    drawn.push(await sampleFlux({ program, samples, scheduler: parseSchedulerConfig({ use_dynamic_shifting: true }), steps: 3, guidance: 3.5, negative, batchSize: 2 }));
    await program.release();
  }
  expect(drawn[1]).toEqual(drawn[0]);
  expect(drawn[2]).toEqual(drawn[0]);
});
