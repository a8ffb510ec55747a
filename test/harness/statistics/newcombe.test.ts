import { describe, expect, it } from "vitest";
import { newcombePaired } from "../../../src/harness/statistics/newcombe.ts";
import { Random } from "../../../src/random/random.ts";

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
