import { describe, expect, it } from "vitest";
import type { PairedOutcome } from "../../../src/harness/statistics/clusters.ts";
import { mcnemar } from "../../../src/harness/statistics/mcnemar.ts";
import { pairedPermutation } from "../../../src/harness/statistics/permutation.ts";
import { Random } from "../../../src/random/random.ts";

const pairs = (random: Random, clusters: number, each: number, first: number, second: number): PairedOutcome[] =>
  Array.from({ length: clusters * each }, (_, i) => ({ task: i % 2 ? "II" : "I", cluster: `c${Math.floor(i / each)}`, first: random.chance(first), second: random.chance(second) }));

describe("pairedPermutation", () => {
  const random = (): Random => new Random(9, "permutation");

  it("counts every pattern where they are few: McNemar's exact test when each sample is its own cluster", () => {
    const samples: PairedOutcome[] = Array.from({ length: 20 }, (_, i) => ({ task: "I", cluster: `c${i}`, first: i < 9, second: i >= 8 && i < 10 }));
    const { p, exact, difference } = pairedPermutation(samples, { random: random() });
    expect(exact).toBe(true);
    expect(difference).toBeCloseTo(7 / 20, 12);
    expect(p).toBeCloseTo(mcnemar(8, 1), 12);
  });

  it("draws patterns where they are many, near the exact value", () => {
    const samples = Array.from({ length: 60 }, (_, i) => ({ task: "I", cluster: `c${i}`, first: i < 25, second: i >= 25 && i < 37 }));
    const { p, exact } = pairedPermutation(samples, { random: random() });
    expect(exact).toBe(false);
    expect(Math.abs(p - mcnemar(25, 12))).toBeLessThan(0.008);
  });

  it("rejects a true null about 5 times in 100, with samples of one target swapped together", () => {
    const source = new Random(11, "null");
    let rejected = 0;
    for (let i = 0; i < 300; i++) {
      const samples = Array.from({ length: 12 }).flatMap((_, c) => {
        const shift = source.chance(0.5);
        return Array.from({ length: 5 }, () => (source.chance(0.8) ? { task: "I", cluster: `c${c}`, first: shift, second: !shift } : { task: "I", cluster: `c${c}`, first: true, second: true }));
      });
      if (pairedPermutation(samples, { random: source, draws: 5000 }).p <= 0.05) rejected++;
    }
    expect(rejected / 300).toBeLessThan(0.08);
    expect(rejected / 300).toBeGreaterThan(0.015);
  });

  it("says 1 where the arms never differ and little where one always wins", () => {
    expect(pairedPermutation(pairs(new Random(1), 20, 2, 1, 1), { random: random() }).p).toBe(1);
    expect(pairedPermutation(pairs(new Random(1), 30, 2, 1, 0), { random: random(), draws: 999 }).p).toBe(1 / 1000);
  });
});
