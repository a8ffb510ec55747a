import { describe, expect, it } from "vitest";
import { holm } from "../../../src/harness/statistics/holm.ts";
import { Random } from "../../../src/random/random.ts";

describe("holm", () => {
  it("does not depend on the order, never lowers a p-value and lies within Bonferroni's", () => {
    const random = new Random(1, "holm");
    for (let i = 0; i < 50; i++) {
      const p = Array.from({ length: 6 }, () => random.uniform() ** 3), order = random.shuffle([0, 1, 2, 3, 4, 5]), adjusted = holm(p);
      expect(holm(order.map((j) => p[j]!))).toEqual(order.map((j) => adjusted[j]));
      adjusted.forEach((a, j) => {
        expect(a).toBeGreaterThanOrEqual(p[j]!);
        expect(a).toBeLessThanOrEqual(Math.min(1, 6 * p[j]!) + 1e-15);
      });
    }
    expect(holm([])).toEqual([]);
    expect(() => holm([0.1, NaN])).toThrow(/NaN/);
  });
});
