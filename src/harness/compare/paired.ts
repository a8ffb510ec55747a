/** Two arms, or two runs, compared on the samples that both answered. */
import { Random, type KeyPart } from "../../random/random.ts";
import { groupBy } from "../groupBy.ts";
import type { Sample } from "../runs/samples.ts";
import { bootstrapDifference } from "../statistics/bootstrap.ts";
import type { PairedOutcome } from "../statistics/clusters.ts";
import { mcnemar } from "../statistics/mcnemar.ts";
import { pairedPermutation } from "../statistics/permutation.ts";
import type { Bounds } from "../summary/types.ts";

/** One prompt that both sides answered; `seed` is the first side's training seed. */
export interface SamplePair extends PairedOutcome {
  readonly seed: number;
}

/** What pairing needs to know of a sample, of whatever kind its run is. */
export type Pairable = Pick<Sample, "arm" | "shots" | "prompt" | "seed" | "outcome"> & { readonly task: string };

/** The samples of two sides that ask for the same thing, paired: same shots, task and prompt and, where `bySeed`, the same training seed. */
export function pairSamples<S extends Pairable>(first: readonly S[], second: readonly S[], { bySeed, cluster }: { readonly bySeed: boolean; readonly cluster: (sample: S) => string }): SamplePair[] {
  const keyOf = ({ shots, task, prompt, seed }: S): string => JSON.stringify([shots, task, prompt, ...(bySeed ? [seed] : [])]), others = new Map(second.map((sample) => [keyOf(sample), sample]));
  return first.flatMap((sample) => {
    const other = others.get(keyOf(sample));
    return other ? [{ task: sample.task, cluster: cluster(sample), seed: sample.seed, first: sample.outcome === "correct", second: other.outcome === "correct" }] : [];
  });
}

/** First minus second, in accuracy (mean of task accuracies), and how sure that is. */
export interface Comparison {
  readonly effect: number;
  /** By resampling targets. */
  readonly ci95: Bounds;
  /** Paired permutation, targets swapped whole, two-sided; null where it does not apply to how the effect was measured. */
  readonly p: number | null;
  /** Pairs that only one side got right, and McNemar's exact p, which takes pairs for independent. */
  readonly mcnemar: { readonly onlyFirst: number; readonly onlySecond: number; readonly p: number } | null;
  /** Pairs. */
  readonly n: number;
  readonly clusters: number;
  /** Share of pairs on which the sides differ. */
  readonly discordant: number;
  /** Variance of the clustered estimate over that of independent pairs, at least 1. */
  readonly designEffect: number;
  /** The effect within each training seed: their spread is that of training, `ci95` that of samples. */
  readonly seeds: readonly { readonly seed: number; readonly effect: number }[];
}

const meanDifference = (pairs: readonly SamplePair[]): number => {
  const tasks = [...groupBy(pairs, ({ task }) => task).values()], own = tasks.map((group) => group.reduce((sum, { first, second }) => sum + Number(first) - Number(second), 0) / group.length);
  return own.reduce((a, b) => a + b, 0) / own.length;
};

/** Compares paired samples by so many random draws; the key makes them reproducible. Throws where there are no pairs. */
export function comparePairs(pairs: readonly SamplePair[], key: readonly KeyPart[], draws = 10_000): Comparison {
  const n = pairs.length, onlyFirst = pairs.filter(({ first, second }) => first && !second).length, onlySecond = pairs.filter(({ first, second }) => second && !first).length;
  const { estimate, low, high, standardError, clusters } = bootstrapDifference(pairs, { random: new Random("paired bootstrap", ...key), resamples: draws }), { p } = pairedPermutation(pairs, { random: new Random("paired permutation", ...key), draws });
  const discordant = (onlyFirst + onlySecond) / n, independent = (discordant - ((onlyFirst - onlySecond) / n) ** 2) / n;
  return {
    effect: estimate, ci95: [low, high], p, mcnemar: { onlyFirst, onlySecond, p: mcnemar(onlyFirst, onlySecond) }, n, clusters, discordant,
    designEffect: independent > 0 ? Math.max(1, standardError ** 2 / independent) : 1,
    seeds: [...groupBy(pairs, ({ seed }) => String(seed))].map(([seed, own]) => ({ seed: Number(seed), effect: meanDifference(own) })).sort((a, b) => a.seed - b.seed),
  };
}
