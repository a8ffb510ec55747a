import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/gradient.ts";
import type { Executor, Tensors, Weights } from "../../src/graph/executor.ts";
import { floats, ints, type Tensor } from "../../src/graph/tensor.ts";
import type { Value } from "../../src/graph/value.ts";
import { openFlux } from "../../src/harness/baseModels.ts";
import { openT5 } from "../../src/harness/models.ts";
import { latentImageIds } from "../../src/models/flux/latents.ts";
import { compileFlux } from "../../src/models/flux/sampler.ts";
import { decode, encode } from "../../src/models/t5/t5.ts";
import { WeightScope } from "../../src/models/weights.ts";
import { offloaded } from "../../src/onnx/offload.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { input, matmul, parameter, sum } from "../../src/ops/index.ts";
import { pieces } from "../../src/ops/pieces.ts";
import { Random } from "../../src/random/random.ts";

const folder = mkdtempSync(join(tmpdir(), "offload-")), executor = ortExecutor({ threads: 1, folder: join(folder, "sessions") });
afterAll(() => rmSync(folder, { recursive: true }));

const random = (name: string, shape: readonly number[]): Tensor => floats(shape, Float32Array.from(new Random("offload", name).normals(shape.reduce((a, b) => a * b, 1))));

/** An executor that counts what it has compiled and not released, and tells the most at once. */
function counting(own: Executor): { readonly executor: Executor; readonly counts: { compiled: number; open: number; most: number } } {
  const counts = { compiled: 0, open: 0, most: 0 };
  return {
    counts,
    executor: {
      ...own,
      async compile(outputs, weights) {
        const program = await own.compile(outputs, weights);
        counts.compiled++;
        counts.most = Math.max(counts.most, ++counts.open);
        return { ...program, release: async () => { counts.open--; await program.release(); } };
      },
    },
  };
}

/** The largest difference of two runs' outputs by the largest number of the first. */
function difference(a: Tensors, b: Tensors): number {
  expect(Object.keys(b).sort()).toEqual(Object.keys(a).sort());
  return Math.max(...Object.entries(a).map(([name, { shape, data }]) => {
    expect(b[name]!.shape).toEqual(shape);
    const own = data as Float32Array, other = b[name]!.data as Float32Array;
    return own.reduce((most, x, i) => Math.max(most, Math.abs(x - other[i]!)), 0) / own.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  }));
}

const megabyte = 1e6;

test("FLUX of micro in pieces, loaded one at a time, gives what it gives whole", async () => {
  const { config, weights } = openFlux("assets/micro/flux"), B = 2, T = 5, counted = counting(executor);
  const feeds = {
    hidden_states: random("x", [B, 16, config.inChannels]), encoder_hidden_states: random("text", [B, T, config.textWidth]), pooled_projections: random("pooled", [B, config.pooledWidth]),
    timestep: floats([B], [0.3, 0.9]), ...(config.guidanceEmbeds ? { guidance: floats([B], [3, 4]) } : {}), img_ids: latentImageIds(8, 8), text_mask: ints([B, T], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]),
  };
  const whole = await compileFlux(executor, config, weights), parts = await compileFlux(offloaded(counted.executor, 2 * megabyte), config, weights);
  const expected = await whole.run(feeds), found = await parts.run(feeds), again = await parts.run(feeds);
  await whole.release();
  await parts.release();
  console.info(`FLUX in ${counted.counts.compiled / 2} pieces: off by ${difference(expected, found)} of its largest number`);
  expect(difference(expected, found)).toBeLessThan(1e-6);
  expect(difference(found, again)).toBe(0);
  expect(counted.counts).toMatchObject({ open: 0, most: 1 });
  expect(counted.counts.compiled / 2).toBeGreaterThan(4);
});

test("a gradient too, through both stacks of T5", async () => {
  const { config, checkpoint } = openT5("assets/micro/t5"), scope = new WeightScope(), ids = (name: string): Value => input(name, ["B", name.toUpperCase()], "int32"), weights: Weights = (name) => checkpoint.tensors.get(name);
  const states = encode(scope, config, ids("s"), ids("s")).last, turn = input("turn", [config.d_model, config.d_model]);
  const loss = sum(matmul(decode(scope, config, matmul(states, turn), ids("s"), ids("l")).logits, parameter("probe", [config.vocab_size, 1])), [0, 1, 2]);
  const outputs = { loss, gradient: gradients(loss, [turn])[0]! }, source: Weights = (name) => (name === "probe" ? random("probe", [config.vocab_size, 1]) : weights(name));
  const feeds = { s: ints([1, 4], [5, 6, 7, 1]), l: ints([1, 3], [0, 8, 9]), turn: random("turn", [config.d_model, config.d_model]) };
  const whole = await executor.compile(outputs, source), parts = await offloaded(executor, megabyte).compile(outputs, source), error = difference(await whole.run(feeds), await parts.run(feeds));
  console.info(`T5's gradient in ${pieces(outputs, megabyte).length} pieces: off by ${error}`);
  expect(error).toBeLessThan(1e-5);
  await whole.release();
});

test("pieces hold no more than they may, unless one value alone does, and pass little on", () => {
  const x = input("x", ["B", 8]), weight = (name: string, columns: number): Value => parameter(name, [8, columns]), chain = (from: Value, names: readonly string[]): Value => names.reduce((value, name) => matmul(value, weight(name, 8)), from);
  const cut = pieces({ y: chain(x, ["a", "b", "c", "d", "e"]) }, 2 * 8 * 8 * 4);
  expect(cut.map(({ weights }) => weights / 256)).toEqual([2, 2, 1]);
  expect(cut.map(({ outputs }) => Object.keys(outputs).filter((name) => !name.startsWith("size.")))).toEqual([["cut.1"], ["cut.3"], ["y"]]);
  expect(pieces({ y: matmul(x, weight("large", 100)) }, 1).map(({ weights }) => weights)).toEqual([3200]);
  expect(pieces({ y: chain(x, ["a", "b"]) }, 1e9)).toHaveLength(1);
});
