import { expect, it } from "vitest";
import { add, input, matmul, parameter, exp } from "../../src/ops/index.ts";
import { peakBytes } from "../../src/ops/memory.ts";

it("counts what is alive at once, weights apart, each value until its last use", () => {
  const x = input("x", ["B", 3]), wide = matmul(x, parameter("w", [3, 50])), narrow = matmul(exp(wide), parameter("v", [50, 3]));
  // Two of 50 columns meet in exp; x is kept for the sum.
  expect(peakBytes([add(x, narrow)], new Map([["B", 2]]))).toBe(4 * 2 * (3 + 50 + 50));
  expect(peakBytes([narrow], new Map([["B", 2]]))).toBe(4 * 2 * (50 + 50));
  expect(peakBytes([wide, narrow], new Map([["B", 2]]))).toBe(4 * 2 * (50 + 50 + 3));
});
