import { describe, expect, it } from "vitest";
import { holm } from "../../../src/harness/statistics/holm.ts";
import { mcnemar } from "../../../src/harness/statistics/mcnemar.ts";
import { newcombePaired } from "../../../src/harness/statistics/newcombe.ts";
import { criticalValue, normalCdf, normalQuantile } from "../../../src/harness/statistics/normal.ts";
import { wilson } from "../../../src/harness/statistics/wilson.ts";
import { Random } from "../../../src/random/random.ts";

const binomial = (random: Random, n: number, p: number): number => Array.from({ length: n }, () => Number(random.chance(p))).reduce((a, b) => a + b, 0);

describe("the normal distribution", () => {
  it("has the tabulated values", () => {
    expect(criticalValue(0.95)).toBeCloseTo(1.959963984540054, 14);
    expect(normalQuantile(0.8)).toBeCloseTo(0.8416212335729143, 14);
    expect(normalCdf(1)).toBeCloseTo(0.8413447460685429, 14);
    expect(normalCdf(-6) / 9.865876450376946e-10).toBeCloseTo(1, 12);
    expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 11);
  });

  it("has a quantile that inverts its distribution, on both sides", () => {
    for (const p of [1e-6, 0.001, 0.01, 0.3, 0.5, 0.77, 0.999]) {
      expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 13);
      expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 9);
    }
    expect(normalCdf(3 - 1e-9)).toBeCloseTo(normalCdf(3), 10);
    expect(() => normalQuantile(1)).toThrow(RangeError);
    expect(() => criticalValue(95)).toThrow(RangeError);
  });
});

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

describe("mcnemar", () => {
  it("is symmetric and falls as one arm wins more of the same disagreements", () => {
    let before = Infinity;
    for (let b = 20; b <= 40; b++) {
      const p = mcnemar(b, 40 - b);
      expect(p).toBe(mcnemar(40 - b, b));
      expect(p).toBeLessThanOrEqual(before);
      before = p;
    }
    expect(mcnemar(0, 40)).toBeCloseTo(2 * 0.5 ** 40, 24);
  });

  it("stays finite where 2^-n does not", () => {
    expect(mcnemar(2000, 2000)).toBe(1);
    expect(mcnemar(4100, 3900)).toBeCloseTo(0.02608263428813962, 12);
    expect(() => mcnemar(1.5, 2)).toThrow(/1\.5 and 2/);
  });
});

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

describe("newcombePaired", () => {
  it("changes sign with the arms' order", () => {
    const there = newcombePaired({ both: 31, onlyFirst: 14, onlySecond: 6, neither: 20 }), back = newcombePaired({ both: 31, onlyFirst: 6, onlySecond: 14, neither: 20 });
    expect([back.difference, back.low, back.high].map((v) => v.toFixed(12))).toEqual([-there.difference, -there.high, -there.low].map((v) => v.toFixed(12)));
  });

  it("covers the true difference in about 95 of 100 experiments, and gains from pairing", () => {
    const random = new Random(1, "newcombe");
    let covered = 0;
    for (let i = 0; i < 1500; i++) {
      const counts = { both: 0, onlyFirst: 0, onlySecond: 0, neither: 0 };
      for (let j = 0; j < 60; j++) {
        const u = random.uniform();
        counts[u < 0.4 ? "both" : u < 0.58 ? "onlyFirst" : u < 0.66 ? "onlySecond" : "neither"]++;
      }
      const { low, high } = newcombePaired(counts);
      if (low <= 0.1 && 0.1 <= high) covered++;
    }
    expect(covered / 1500).toBeGreaterThan(0.93);
    expect(covered / 1500).toBeLessThan(0.985);
    const paired = newcombePaired({ both: 45, onlyFirst: 5, onlySecond: 5, neither: 45 }), unrelated = newcombePaired({ both: 25, onlyFirst: 25, onlySecond: 25, neither: 25 });
    expect(paired.high).toBeLessThan(unrelated.high / 2);
  });

  it("stays within [-1, 1] and knows nothing from nothing", () => {
    expect(newcombePaired({ both: 0, onlyFirst: 4, onlySecond: 0, neither: 0 })).toMatchObject({ difference: 1, high: 1 });
    expect(newcombePaired({ both: 0, onlyFirst: 0, onlySecond: 0, neither: 0 })).toEqual({ difference: 0, low: -1, high: 1 });
  });
});
