import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ablations, untrainedAligner } from "../../../src/ablations/index.ts";
import { alignProgram } from "../../../src/harness/aligner/alignProgram.ts";
import { trainAligner, type TrainAlignerOptions } from "../../../src/harness/aligner/trainAligner.ts";
import { openSafetensors, readTensorAsFloat32 } from "../../../src/weights/safetensors.ts";
import { Random } from "../../../src/random/random.ts";
import { executor, noiseImages, shortExperiment, tinyProfile } from "./tinyProfile.ts";

const { folders, cache } = tinyProfile();
const options: TrainAlignerOptions = { experiment: shortExperiment, folders, cache, images: noiseImages, executor, samples: { train: 6, heldOut: 3 } };
const weightsOf = (folder: string): string => readFileSync(join(folder, "aligner.safetensors"), "base64");
afterAll(() => rmSync(dirname(cache), { recursive: true, force: true }));

test("a training that was interrupted ends with the weights and losses of one that was not", async () => {
  const whole = await trainAligner(options), stop = new AbortController();
  expect(whole.losses.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  const weights = weightsOf(whole.folder), interrupted = { ...options, retrain: true, signal: stop.signal, onStep: ({ step }: { step: number }) => { if (step === 4) stop.abort(); } };
  await expect(trainAligner(interrupted)).rejects.toThrow(/abort/i);
  const resumed = await trainAligner({ ...options, retrain: true });
  expect(weightsOf(resumed.folder)).toBe(weights);
  const measured = (losses: typeof whole.losses) => losses.map(({ seconds: _, ...line }) => line);
  expect(measured(resumed.losses)).toEqual(measured(whole.losses));
  expect(whole.losses.filter((line) => line.heldOutLoss !== undefined).length).toBeGreaterThan(3);
  expect(whole.record.finalLoss).toBeLessThan(whole.record.firstLoss!);
});

test("a finished aligner of the same identity is found, another experiment or seed is another identity", async () => {
  const first = await trainAligner(options), again = await trainAligner({ ...options, experiment: { ...shortExperiment, name: "other name" } });
  expect(again).toMatchObject({ reused: true, folder: first.folder });
  expect(await trainAligner({ ...options, experiment: { ...shortExperiment, depth: 2, widening: 1, objective: "decoder", normScale: 1, rate: 1 } })).toMatchObject({ reused: true, folder: first.folder });
  expect((await trainAligner({ ...options, cache: join(cache, "elsewhere"), shipped: first.folder })).folder).toBe(first.folder);
  const other = await trainAligner({ ...options, experiment: { ...shortExperiment, seed: 43, steps: 1 } });
  expect(other).toMatchObject({ reused: false });
  expect(other.folder).not.toBe(first.folder);
});

test("weights have the released names; the norm starts as T5's, as ones, or is left out", async () => {
  const initial = async (norm: "t5" | "ones" | "none") => openSafetensors(join((await trainAligner({ ...options, experiment: { ...shortExperiment, steps: untrainedAligner.steps, norm } })).folder, "aligner.safetensors"));
  const files = { t5: await initial("t5"), ones: await initial("ones"), none: await initial("none") }, linears = ["mm_projector.0.bias", "mm_projector.0.weight", "mm_projector.2.bias", "mm_projector.2.weight"];
  expect([...files.t5.tensors.keys()].sort()).toEqual([...linears, "mm_projector.3.weight"]);
  expect([...files.none.tensors.keys()].sort()).toEqual(linears);
  expect(readTensorAsFloat32(files.t5, "mm_projector.3.weight")).toEqual(readTensorAsFloat32(openSafetensors(join(folders.t5, "model.safetensors")), "encoder.final_layer_norm.weight"));
  expect([...readTensorAsFloat32(files.ones, "mm_projector.3.weight")]).toEqual(Array(12).fill(1));
  const first = readTensorAsFloat32(files.none, "mm_projector.0.weight");
  expect(Math.max(...first.map(Math.abs))).toBeLessThanOrEqual(16 ** -0.5);
  expect(Math.max(...first.map(Math.abs))).toBeGreaterThan(0.9 * 16 ** -0.5);
});

test.each([["decoder", shortExperiment], ["encoder-states", { ...shortExperiment, objective: "encoder-states", split: "none" }]] as const)("batches in parts give the aligner of whole ones, in steps and held out, and share its identity: %s", async (_, experiment) => {
  const whole = await trainAligner({ ...options, experiment }), parts = await trainAligner({ ...options, experiment, cache: join(cache, "parts"), atOnce: 3 }), widest = Math.max(...whole.losses.map(({ loss }, i) => Math.abs(loss! / parts.losses[i]!.loss! - 1)));
  expect([parts.reused, parts.record.identity]).toEqual([false, whole.record.identity]);
  expect(widest).toBeLessThan(1e-5);
  expect(parts.losses.map(({ heldOutLoss = 0 }, i) => Math.abs(heldOutLoss! - (whole.losses[i]!.heldOutLoss ?? 0))).every((difference) => difference < 1e-4)).toBe(true);
  expect(parts.record.heldOutLoss).toBeCloseTo(whole.record.heldOutLoss!, 4);
  const read = (folder: string) => readTensorAsFloat32(openSafetensors(join(folder, "aligner.safetensors")), "mm_projector.0.weight"), from = read(whole.folder);
  expect(Math.max(...read(parts.folder).map((x, i) => Math.abs(x - from[i]!)))).toBeLessThan(1e-4);
  expect(await trainAligner({ ...options, experiment, atOnce: 3 })).toMatchObject({ reused: true, folder: whole.folder });
});

test("divergence is a result: it ends the training, is recorded, and leaves the last weights of a finite loss", async () => {
  const experiment = { ...shortExperiment, norm: "none" as const, schedule: { ...shortExperiment.schedule, start: 1e30, peak: 1e30, floor: 1e30 } };
  const { record, losses, folder } = await trainAligner({ ...options, experiment });
  expect(record.divergedAt).toBe(losses.length - 1);
  expect(losses.length).toBeLessThan(8);
  expect(losses.at(-1)).toMatchObject({ nonFinite: true });
  expect(losses.slice(0, -1).every(({ loss }) => loss !== null)).toBe(true);
  expect(record.heldOutLoss).toBeGreaterThan(0);
  expect(readTensorAsFloat32(openSafetensors(join(folder, "aligner.safetensors")), "mm_projector.0.weight").every(Number.isFinite)).toBe(true);
});

test("every kind of ablation trains", async () => {
  for (const { name: _, ...ablation } of ablations.filter(({ name, objective, fluxNoise }) => objective !== "diffusion" && fluxNoise === undefined && !/-third-rate$|@0|^(no|default|input).*(@|rate)/.test(name))) {
    const { record } = await trainAligner({ ...options, experiment: { ...ablation, batch: 4, name: _, steps: 2 } });
    expect(record).toMatchObject({ steps: 2, divergedAt: null, arm: _ });
  }
});

test("aligned features of a sample do not depend on those beside it", async () => {
  const { folder } = await trainAligner(options), program = await alignProgram(executor, folder);
  const samples = [3, 0, 5].map((n) => new Random("align", n).normals(n * 16)), together = await program.align(samples);
  expect(together.map(({ shape }) => shape)).toEqual([[3, 12], [0, 12], [5, 12]]);
  for (const [i, sample] of samples.entries()) {
    const [alone] = await program.align([sample]);
    alone!.data.forEach((x, j) => expect(x).toBeCloseTo(together[i]!.data[j]!, 5));
  }
  await program.release();
});
