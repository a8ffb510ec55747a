import { describe, expect, test } from "vitest";
import { gradients, unbroadcast } from "../../src/autodiff/gradient.ts";
import type { Dim } from "../../src/graph/dims.ts";
import { floats, type Tensor } from "../../src/graph/tensor.ts";
import { topological, type Value } from "../../src/graph/value.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { add, argmax, broadcastTo, cast, constant, floor, gather, input, mul, sum } from "../../src/ops/index.ts";

const executor = ortExecutor({ threads: 1 });
const run = async (y: Value, feeds: Record<string, Tensor>) => {
  const program = await executor.compile({ result: y }), { result } = await program.run(feeds);
  await program.release();
  return result;
};
const counted = (shape: readonly number[]) => floats(shape, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i));

describe("un-broadcasting sums over the axes along which an input was repeated", () => {
  test.each<[number[], Dim[], number[]]>([
    [[2, 3], [2, 3], [0, 1, 2, 3, 4, 5]], [[2, 3], [3], [3, 5, 7]], [[2, 3], [2, 1], [3, 12]], [[2, 3], [1, 3], [3, 5, 7]], [[2, 3], [], [15]],
    [[2, 3, 2], [3, 1], [14, 22, 30]], [[1, 3], [1, 3], [0, 1, 2]], [[1, 2], [2], [0, 1]],
  ])("%o to %o", async (from, to, want) => {
    const y = unbroadcast(input("g", from), to);
    expect(y.shape).toEqual(to);
    expect([...(await run(y, { g: counted(from) })).data]).toEqual(want);
  });

  test("named axes stay, and are summed where the input has 1", () => {
    expect(unbroadcast(input("g", ["B", "T", 3]), ["T", 3]).shape).toEqual(["T", 3]);
    expect(unbroadcast(input("g", ["B", "T", 3]), ["B", 1, 3]).shape).toEqual(["B", 1, 3]);
  });
});

test("a value used twice gets both cotangents", async () => {
  const x = input("x", [2]);
  expect([...(await run(gradients(sum(add(mul(x, x), mul(x, 3))), [x])[0]!, { x: floats([2], [1, 5]) })).data]).toEqual([5, 13]);
});

test("what the loss does not depend on has a zero gradient of its shape", async () => {
  const x = input("x", [2]), other = input("other", [3]);
  expect([...(await run(gradients(sum(x), [other])[0]!, { x: floats([2], [1, 5]) })).data]).toEqual([0, 0, 0]);
});

test("gradients reach targets inside the graph and inputs of broadcasts", async () => {
  const x = input("x", [3, 1]), wide = broadcastTo(x, [2, 3, 5]), [ofWide, ofX] = gradients(sum(mul(wide, 2)), [wide, x]);
  expect(ofWide!.shape).toEqual([2, 3, 5]);
  expect([...(await run(ofX!, { x: counted([3, 1]) })).data]).toEqual([20, 20, 20]);
});

test("a path without a gradient is refused where a target lies behind it, but for ids, which carry none", () => {
  const x = input("x", [3]), w = input("w", [3]);
  expect(() => gradients(sum(floor(x)), [x])).toThrow("floor [3] float32 has no gradient, but the loss depends on a target through it");
  expect(() => gradients(sum(mul(floor(x), w)), [w])).not.toThrow();
  const table = input("table", [5, 2]), chosen = gather(table, argmax(table, 0));
  expect(gradients(sum(chosen), [table])[0]!.shape).toEqual([5, 2]);
});

test("the loss must be a float32 scalar", () => {
  expect(() => gradients(input("x", [2]), [])).toThrow("the loss must be a float32 scalar, found input [2] float32");
  expect(() => gradients(cast(input("x", []), "int32"), [])).toThrow("the loss must be a float32 scalar");
});

test("a cotangent that a sum spreads stays narrow in elementwise products, and is right", async () => {
  const x = input("x", [2, 3]), weights = constant(floats([2], [1, 10])), [g] = gradients(sum(mul(sum(mul(x, x), 1), weights)), [x]);
  expect(topological([g!]).map(({ op }) => op.name)).not.toContain("broadcastTo");
  expect([...(await run(g!, { x: floats([2, 3], [1, 2, 3, 4, 5, 6]) })).data]).toEqual([2, 4, 6, 80, 100, 120]);
});
