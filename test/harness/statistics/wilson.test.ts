import { describe, expect, it } from "vitest";
import { wilson } from "../../../src/harness/statistics/wilson.ts";
import { Random } from "../../../src/random/random.ts";

const binomial = (random: Random, n: number, p: number): number => Array.from({ length: n }, () => Number(random.chance(p))).reduce((a, b) => a + b, 0);

describe("wilson", () => {
  it("covers the true proportion in about 95 of 100 experiments", () => {
    const random = new Random(1, "wilson");
    for (const p of [0.05, 0.3, 0.9]) {
      let covered = 0;
      for (let i = 0; i < 2000; i++) {
        const { low, high } = wilson(binomial(random, 40, p), 40);
        if (low <= p && p <= high) covered++;
      }
      expect(covered / 2000).toBeGreaterThan(0.92);
      expect(covered / 2000).toBeLessThan(0.98);
    }
  });

  it("is symmetric, holds the proportion, and narrows with trials and with lower levels", () => {
    for (const [k, n] of [[0, 5], [3, 7], [50, 60]] as const) {
      const here = wilson(k, n), mirrored = wilson(n - k, n), width = (k: number, n: number, level?: number): number => wilson(k, n, level).high - wilson(k, n, level).low;
      expect(here.low).toBeCloseTo(1 - mirrored.high, 12);
      expect(here.low).toBeLessThanOrEqual(k / n);
      expect(here.high).toBeGreaterThanOrEqual(k / n);
      expect(width(k * 10, n * 10)).toBeLessThan(width(k, n));
      expect(width(k, n, 0.8)).toBeLessThan(width(k, n, 0.99));
    }
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
    expect(() => wilson(3, 2)).toThrow(/k 3, n 2/);
  });
});
