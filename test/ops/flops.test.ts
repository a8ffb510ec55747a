import { expect, test } from "vitest";
import { gradients } from "../../src/autodiff/gradient.ts";
import { conv2d, input, matmul, parameter, slice, sum } from "../../src/ops/index.ts";
import { graphFlops, matmulShapes } from "../../src/ops/flops.ts";

const symbols = new Map([["B", 2], ["T", 5]]), x = input("x", ["B", "T", 3]), w = parameter("w", [7, 3]);
const y = matmul(x, w, { transposeB: true }), z = matmul(y, y, { transposeB: true });

test("products of equal shapes are counted together; a weight is told from other operands", () => {
  expect(matmulShapes([z, matmul(x, parameter("v", [7, 3]), { transposeB: true })], symbols)).toEqual([
    { a: [2, 5, 3], b: [7, 3], transposeA: false, transposeB: true, weight: true, count: 2, flops: 2 * 2 * 5 * 7 * 3 },
    { a: [2, 5, 7], b: [2, 5, 7], transposeA: false, transposeB: true, weight: false, count: 1, flops: 2 * 2 * 5 * 5 * 7 },
  ]);
  expect(matmulShapes([y], symbols, (name) => name === "w")[0]!.weight).toBe(false);
  const part = matmul(slice(x, 2, 0, 2), slice(w, 1, 1, 2), { transposeB: true });
  expect([part, matmul(slice(x, 2, 0, 2), slice(y, 1, 0, 2))].map((product) => matmulShapes([product], symbols).at(-1)!.weight)).toEqual([true, false]);
});

test("a gradient costs twice its product", () => {
  const forward = graphFlops([y], symbols);
  expect(forward).toBe(2 * 2 * 5 * 7 * 3);
  expect(graphFlops([y, ...gradients(sum(y), [x, w])], symbols)).toBe(3 * forward);
});

test("convolutions and their transposes count each weight at each place", () => {
  const image = input("image", [2, 3, 8, 8]), kernel = parameter("k", [4, 3, 3, 3]), c = conv2d(image, kernel, { stride: 2, padding: [1, 1, 1, 1] });
  expect(graphFlops([c], symbols)).toBe(2 * (2 * 4 * 4 * 4) * 27);
  expect(graphFlops([c, gradients(sum(c), [image])[0]!], symbols)).toBe(4 * (2 * 4 * 4 * 4) * 27);
});
