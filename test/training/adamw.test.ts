import { expect, test } from "vitest";
import { floats } from "../../src/graph/tensor.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { input } from "../../src/ops/index.ts";
import { adamW, releasedAdamW } from "../../src/training/adamw.ts";

/** Steps a single weight by the paper's formulas in double precision. */
function byHand(start: number, gradients: readonly number[], rate: number, decay: number): { weight: number; first: number; second: number } {
  let weight = start, first = 0, second = 0;
  gradients.forEach((g, i) => {
    first = 0.9 * first + 0.1 * g;
    second = 0.999 * second + 0.001 * g * g;
    const [m, v] = [first / (1 - 0.9 ** (i + 1)), second / (1 - 0.999 ** (i + 1))];
    weight = weight - rate * decay * weight - (rate * m) / (Math.sqrt(v) + 1e-8);
  });
  return { weight, first, second };
}

async function steps(shape: readonly number[], start: number, gradients: readonly number[], rate: number) {
  const state = { weight: input("weight", shape), first: input("first", shape), second: input("second", shape) };
  const next = adamW(state, input("gradient", shape), input("rate", []), { first: input("c1", []), second: input("c2", []) }, releasedAdamW);
  const program = await ortExecutor({ threads: 1 }).compile({ newWeight: next.weight, newFirst: next.first, newSecond: next.second });
  let now = { weight: floats(shape, [start]), first: floats(shape, [0]), second: floats(shape, [0]) };
  for (const [i, g] of gradients.entries()) {
    const corrections = { c1: floats([], [1 / (1 - 0.9 ** (i + 1))]), c2: floats([], [1 / (1 - 0.999 ** (i + 1))]) };
    const got = await program.run({ ...now, gradient: floats(shape, [g]), rate: floats([], [rate]), ...corrections });
    now = { weight: got.newWeight as typeof now.weight, first: got.newFirst as typeof now.first, second: got.newSecond as typeof now.second };
  }
  await program.release();
  return { weight: now.weight.data[0]!, first: now.first.data[0]!, second: now.second.data[0]! };
}

const given = [0.5, -2, 0.125, 3, 1e-4];

test("a matrix is decayed: five steps equal the formulas", async () => {
  const got = await steps([1, 1], 1.5, given, 0.1), want = byHand(1.5, given, 0.1, 0.05);
  for (const key of ["weight", "first", "second"] as const) expect(Math.abs(got[key] - want[key]) / Math.abs(want[key])).toBeLessThan(2e-6);
});

test("a vector is not decayed, and the first step has the size of the rate", async () => {
  const got = await steps([1], 1.5, given, 0.1), want = byHand(1.5, given, 0.1, 0);
  expect(got.weight).toBeCloseTo(want.weight, 5);
  expect((await steps([1], 1.5, [1e-3], 0.1)).weight).toBeCloseTo(1.4, 5);
});
