import { describe, expect, it } from "vitest";
import { bootstrapAccuracy, bootstrapDifference, bootstrapContrast, bootstrapRatio } from "../../../src/harness/statistics/bootstrap.ts";
import type { PairedOutcome } from "../../../src/harness/statistics/clusters.ts";
import { wilson } from "../../../src/harness/statistics/wilson.ts";
import { Random } from "../../../src/random/random.ts";

interface Sample { task: string; cluster: string; correct: boolean }

/** Samples of `clusters` targets, `each` per target, over two tasks; a target's difficulty is shared by its samples. */
function clustered(random: Random, clusters: number, each: number): Sample[] {
  return Array.from({ length: clusters }).flatMap((_, c) => {
    const p = random.chance(0.5) ? 0.9 : 0.1;
    return Array.from({ length: each }, (_, i) => ({ task: i % 2 ? "II" : "I", cluster: `c${c}`, correct: random.chance(p) }));
  });
}
const pairs = (random: Random, clusters: number, each: number, first: number, second: number): PairedOutcome[] =>
  Array.from({ length: clusters * each }, (_, i) => ({ task: i % 2 ? "II" : "I", cluster: `c${Math.floor(i / each)}`, first: random.chance(first), second: random.chance(second) }));
const options = (resamples: number) => ({ random: new Random(7, "bootstrap"), resamples });

describe("bootstrapAccuracy", () => {
  it("estimates the mean of task accuracies, not of samples", () => {
    const samples = [...Array.from({ length: 9 }, (_, i) => ({ task: "I", cluster: `a${i}`, correct: true })), { task: "II", cluster: "b", correct: false }];
    expect(bootstrapAccuracy(samples, options(100))).toMatchObject({ estimate: 0.5, clusters: 10 });
  });

  it("is the same for the same key, whatever the order of the samples", () => {
    const random = new Random(1, "order"), samples = clustered(random, 30, 6);
    const { low, high, estimate, standardError } = bootstrapAccuracy(samples, options(500));
    expect(bootstrapAccuracy(random.shuffle(samples), options(500))).toMatchObject({ low, high, estimate, standardError });
    expect(bootstrapAccuracy(samples, { random: new Random(8), resamples: 500 }).low).not.toBe(low);
  });

  it("covers the truth in about 95 of 100 experiments where samples within a target agree, and plain binomial error bars do not", () => {
    const random = new Random(3, "coverage");
    let covered = 0, binomial = 0;
    for (let i = 0; i < 200; i++) {
      const samples = clustered(random, 50, 6), { low, high } = bootstrapAccuracy(samples, { random, resamples: 200 });
      if (low <= 0.5 && 0.5 <= high) covered++;
      const plain = wilson(samples.filter((s) => s.correct).length, samples.length);
      if (plain.low <= 0.5 && 0.5 <= plain.high) binomial++;
    }
    expect(covered / 200).toBeGreaterThan(0.9);
    expect(covered / 200).toBeLessThan(0.985);
    expect(binomial / 200).toBeLessThan(0.85);
  });

  it("agrees with the binomial standard error where each sample is its own cluster", () => {
    const random = new Random(5), samples = Array.from({ length: 400 }, (_, i) => ({ task: "I", cluster: `c${i}`, correct: i % 4 === 0 }));
    expect(bootstrapAccuracy(samples, { random, resamples: 2000 }).standardError / Math.sqrt((0.25 * 0.75) / 400)).toBeCloseTo(1, 1);
  });

  it("narrows with more targets but not with copies of the same ones", () => {
    const width = (samples: Sample[]): number => {
      const { low, high } = bootstrapAccuracy(samples, options(1500));
      return high - low;
    };
    const few = clustered(new Random(2), 40, 4), many = clustered(new Random(2), 360, 4);
    expect(width(many) / width(few)).toBeLessThan(0.45);
    expect(width([...few, ...few, ...few]) / width(few)).toBeCloseTo(1, 10);
  });

  it("is Wilson's on the targets where every resample agrees, never of width 0", () => {
    const all = Array.from({ length: 40 }, (_, i) => ({ task: "I", cluster: `c${i % 10}`, correct: true })), { low, high } = bootstrapAccuracy(all, options(200));
    expect({ low, high }).toEqual(wilson(10, 10));
    const one = bootstrapAccuracy([{ task: "I", cluster: "a", correct: false }], options(50));
    expect([one.low, one.high]).toEqual([0, wilson(0, 1).high]);
    expect(() => bootstrapAccuracy([], options(10))).toThrow(/no samples/);
  });
});

describe("bootstrapDifference", () => {
  it("changes sign with the arms' order, and keeps a width where arms never differ", () => {
    const there = pairs(new Random(4), 40, 4, 0.6, 0.4), back = there.map(({ first, second, ...rest }) => ({ ...rest, first: second, second: first }));
    const a = bootstrapDifference(there, options(1000)), b = bootstrapDifference(back, options(1000));
    expect([-b.estimate, -b.high, -b.low].map((v) => v.toFixed(10))).toEqual([a.estimate, a.low, a.high].map((v) => v.toFixed(10)));
    const same = bootstrapDifference(there.map((p) => ({ ...p, second: p.first })), options(200));
    expect(same.estimate).toBe(0);
    expect(same.low).toBeLessThan(0);
    expect(same.high).toBeGreaterThan(0);
  });

  it("is narrower than two separate intervals where arms share what is hard", () => {
    const random = new Random(6), samples = clustered(random, 60, 4), paired = samples.map(({ task, cluster, correct }) => ({ task, cluster, first: correct, second: random.chance(0.1) ? !correct : correct }));
    const difference = bootstrapDifference(paired, options(800)), alone = bootstrapAccuracy(samples, options(800));
    expect(difference.high - difference.low).toBeLessThan(alone.high - alone.low);
  });
});

describe("bootstrapContrast", () => {
  const side = (rate: number, tasks: readonly string[]) => tasks.flatMap((task) => Array.from({ length: 30 }, (_, i) => ({ task, cluster: `c${i}`, correct: i < 30 * rate })));

  it("is the difference of the means of task accuracies, with an interval around it", () => {
    const { estimate, low, high } = bootstrapContrast(side(0.8, ["a", "b"]), [...side(0.2, ["a"]), ...side(0.6, ["b"])], { random: new Random("contrast"), resamples: 400 });
    expect(estimate).toBeCloseTo(0.4, 12);
    expect(low).toBeLessThan(0.4);
    expect(high).toBeGreaterThan(0.4);
  });

  it("keeps an interval where nothing varies", () => {
    const { estimate, low, high } = bootstrapContrast(side(1, ["a"]), side(0, ["a"]), { random: new Random("contrast"), resamples: 50 });
    expect([estimate, high]).toEqual([1, 1]);
    expect(low).toBeGreaterThan(0.7);
    expect(low).toBeLessThan(1);
  });
});

describe("bootstrapRatio", () => {
  const pairs = Array.from({ length: 40 }, (_, i) => ({ task: "a", cluster: `c${i}`, first: i < 15, second: i < 30 }));

  it("is the ratio of two paired accuracies", () => {
    const { estimate, low, high } = bootstrapRatio(pairs, { random: new Random("ratio"), resamples: 400 })!;
    expect(estimate).toBe(0.5);
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
    expect(high).toBeLessThanOrEqual(1); // the first is right only where the second is, in every resample
  });

  it("has no value over an accuracy of 0", () => {
    expect(bootstrapRatio(pairs.map((pair) => ({ ...pair, second: false })), { random: new Random("ratio"), resamples: 50 })).toBeNull();
  });
});
