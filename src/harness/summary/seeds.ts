/** The spread over training seeds, apart from the spread of samples. */
import { Random } from "../../random/random.ts";
import { groupBy } from "../groupBy.ts";
import { clusterOf, type Sample } from "../runs/samples.ts";
import { bootstrapAccuracy } from "../statistics/bootstrap.ts";
import { deviation, mean } from "../statistics/moments.ts";
import { compareArms } from "./cells.ts";
import type { SeedSpread } from "./types.ts";

/** One row for each arm and number of shots that was trained with several seeds; seeds ascending. */
export function seedSpreadsOf(samples: readonly Sample[], seed: number): SeedSpread[] {
  return [...groupBy(samples, ({ arm, shots }) => `${arm}/${shots}`).values()].flatMap((group): SeedSpread[] => {
    const { arm, shots } = group[0]!, bySeed = [...groupBy(group, (sample) => `${sample.seed}`).values()].sort(([a], [b]) => a!.seed - b!.seed);
    if (bySeed.length < 2) return [];
    const seeds = bySeed.map((own) => {
      const outcomes = own.map((s) => ({ task: s.task, cluster: clusterOf(s), correct: s.outcome === "correct" }));
      const { estimate, low, high, standardError } = bootstrapAccuracy(outcomes, { random: new Random(seed, "bootstrap", arm, shots, "seed", own[0]!.seed) });
      return { seed: own[0]!.seed, n: own.length, accuracy: estimate, ci95: [low, high] as const, standardError };
    });
    const accuracies = seeds.map(({ accuracy }) => accuracy);
    return [{
      arm, shots, seeds: seeds.map(({ standardError: _, ...own }) => own), mean: mean(accuracies),
      deviation: deviation(accuracies), sampleDeviation: mean(seeds.map(({ standardError }) => standardError)),
    }];
  }).sort((a, b) => compareArms(a.arm, b.arm) || a.shots - b.shots);
}
