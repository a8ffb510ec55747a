import { describe, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/gradient.ts";
import { floats, ints } from "../../src/graph/tensor.ts";
import { apply } from "../../src/graph/value.ts";
import { checkT5Pack } from "../../src/harness/parity/t5.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import * as ops from "../../src/ops/index.ts";
import { allOps, add, broadcastTo, cast, dimAsFloat, div, input, iota, matmul, mul, parameter, reshape, sum } from "../../src/ops/index.ts";
import { Random } from "../../src/random/random.ts";
import { tfjsExecutor } from "../../src/tfjs/executor.ts";
import { kernels } from "../../src/tfjs/kernels/index.ts";
import { fillSample, opCases } from "../ops/samples.ts";

const tfjs = tfjsExecutor(), ort = ortExecutor({ threads: 1 });

/** The largest difference, over the larger of 1 and the largest wanted magnitude. */
function error(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let most = 0, scale = 1;
  for (let i = 0; i < want.length; i++) {
    most = Math.max(most, Math.abs(got[i]! - want[i]!));
    scale = Math.max(scale, Math.abs(want[i]!));
  }
  return most / scale;
}

test("an op is exported under its own name, and every op that is no leaf has a kernel", () => {
  const exported = Object.entries(ops).filter(([name]) => name.endsWith("Op"));
  expect(exported.map(([name]) => name)).toEqual(exported.map(([, op]) => `${(op as { name: string }).name}Op`));
  expect(Object.keys(kernels).sort()).toEqual(allOps.map((op) => op.name).filter((name) => !["input", "parameter", "constant"].includes(name)).sort());
});

describe("agrees with ONNX Runtime", () => {
  test.each(opCases)("$name", async ({ op, sample, name }) => {
    const random = new Random("tfjs", name), tensors = sample.inputs.map((x) => fillSample(x, random));
    const y = apply(op, tensors.map((t, i) => input(`x${i}`, t.shape, t.dtype)), sample.attributes), feeds = Object.fromEntries(tensors.map((t, i) => [`x${i}`, t]));
    const [a, b] = await Promise.all([tfjs, ort].map(async (executor) => {
      const program = await executor.compile({ y }), { y: result } = await program.run(feeds);
      await program.release();
      return result;
    }));
    expect([a!.dtype, a!.shape]).toEqual([b!.dtype, b!.shape]);
    expect(error(a!.data, b!.data)).toBeLessThan(2e-6);
  });

  test("integer quotients are cut towards zero", async () => {
    const y = div(input("a", [4], "int32"), input("b", [4], "int32"));
    const program = await tfjs.compile({ y });
    expect([...(await program.run({ a: ints([4], [7, -7, 7, -7]), b: ints([4], [2, 2, -2, -2]) })).y.data]).toEqual([3, -3, -3, 3]);
  });
});

test("named dimensions are numbers at run time, and nothing outlives a run", async () => {
  const x = input("x", ["B", "T"]), w = parameter("w", [3]);
  const count = add(cast(iota("T"), "float32"), dimAsFloat(["B"]));
  const y = sum(mul(add(x, count), broadcastTo(reshape(sum(w), [1, 1]), ["B", "T"])), 1);
  const program = await tfjs.compile({ y, x }, () => floats([3], [1, 2, 3]));
  const { memory } = await import("@tensorflow/tfjs"), before = memory().numTensors;
  for (const [B, T] of [[2, 3], [1, 5]] as const) {
    const { y: got } = await program.run({ x: floats([B, T], new Float32Array(B * T).fill(1)) });
    expect([...got.data]).toEqual(Array<number>(B).fill(6 * (T + T * B + (T * (T - 1)) / 2)));
  }
  expect(memory().numTensors).toBe(before);
  await program.release();
  expect(memory().numTensors).toBeLessThan(before);
});

test("refuses missing weights and wrong shapes by name", async () => {
  const y = matmul(input("x", ["B", 3]), parameter("w", [3, 2]));
  await expect(tfjs.compile({ y }, () => undefined)).rejects.toThrow('no weight "w" ([3, 2]) was given');
  await expect(tfjs.compile({ y }, () => floats([2, 3], [1, 2, 3, 4, 5, 6]))).rejects.toThrow('weight "w": the model declares [3, 2], the checkpoint has [2, 3]');
  const program = await tfjs.compile({ y });
  await expect(program.run({ x: floats([1, 2], [1, 2]), w: floats([3, 2], [1, 2, 3, 4, 5, 6]) })).rejects.toThrow('input "x" is [B, 3] where B = 1, found [1, 2]');
});

test("a gradient of shared values equals ONNX Runtime's", async () => {
  const x = input("x", [3, 5]), g = gradients(sum(mul(matmul(x, x, { transposeB: true }), 0.5)), [x])[0]!;
  const feed = { x: floats([3, 5], new Random("shared").normals(15)) };
  const [a, b] = [await (await tfjs.compile({ g })).run(feed), await (await ort.compile({ g })).run(feed)];
  expect(error(a.g.data, b.g.data)).toBeLessThan(1e-6);
});

test("T5, its loss and its gradient agree with the reference pack", async () => {
  const rows = await checkT5Pack("test/oracle/t5", tfjs);
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
