import { expect, test } from "vitest";
import type { Value } from "../../src/graph/value.ts";
import { topological } from "../../src/graph/value.ts";
import { verifyGraph } from "../../src/graph/verify.ts";
import { add, input, matmul, mul, parameter, sum } from "../../src/ops/index.ts";

const x = input("x", ["B", 3]), y = matmul(x, parameter("w", [3, 5]));

test("a graph made by the builders is valid", () => expect(() => verifyGraph([sum(mul(y, y))])).not.toThrow());

test.each<[string, Value, string]>([
  ["a wrong shape", { ...y, shape: ["B", 7] }, "matmul [B, 7] float32: its rule gives matmul [B, 5] float32"],
  ["a wrong type", { ...y, dtype: "int32" }, "its rule gives matmul [B, 5] float32"],
  ["inputs the op does not take", { ...y, inputs: [x, x] }, "matmul of input [B, 3] float32"],
  ["a negative size", { ...x, shape: [-1, 3], attributes: { name: "x", dtype: "float32", shape: [-1, 3] } }, "dimension -1 is not a size"],
  ["half an element", { ...x, shape: [1.5], attributes: { name: "x", dtype: "float32", shape: [1.5] } }, "dimension 1.5 is not a size"],
])("finds %s", (_, value, message) => expect(() => verifyGraph([value])).toThrow(message));

test("finds two values of one name, and lists all faults", () => {
  const other = input("x", ["B", 3]);
  expect(() => verifyGraph([add(x, other), { ...y, shape: [2] }])).toThrow(/two different values are called input x[^]*its rule gives/);
  expect(() => verifyGraph([add(x, parameter("x", ["B", 3] as never))])).not.toThrow();
});

test("values come after their inputs, each once, however deep the graph", () => {
  let deep = x;
  for (let i = 0; i < 20_000; i++) deep = add(deep, x);
  const order = topological([deep, x]), at = new Map(order.map((value, i) => [value, i]));
  expect(order.length).toBe(20_001);
  expect(at.size).toBe(order.length);
  for (const value of order) for (const used of value.inputs) expect(at.get(used)!).toBeLessThan(at.get(value)!);
});
