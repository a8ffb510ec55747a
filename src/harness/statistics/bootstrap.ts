/**
 * Cluster bootstrap of a mean of task means: whole targets are drawn with replacement, because the 1,000 prompts of a
 * task ask for only 100 targets, and samples of one target are not independent.
 */
import { Random } from "../../random/random.ts";
import { clusterTable, differences, meanOfTasks, tableMean, type ClusteredValue, type ClusterTable, type PairedOutcome } from "./clusters.ts";
import { newcombePaired } from "./newcombe.ts";
import { wilson, type Interval } from "./wilson.ts";

export interface BootstrapOptions {
  readonly random: Random;
  readonly resamples?: number;
  readonly level?: number;
}

/** One sample of one arm. */
export interface ClusteredOutcome {
  readonly task: string;
  readonly cluster: string;
  readonly correct: boolean;
}

export interface BootstrapEstimate extends Interval {
  /** The mean of task means of the samples themselves. */
  readonly estimate: number;
  /** Standard deviation of the resampled means. */
  readonly standardError: number;
  readonly clusters: number;
}

/** A source of uniform integers below `bound`, two to a 32-bit draw where they fit, without bias. */
function indexSource(random: Random, bound: number): () => number {
  if (bound > 0x10000) return () => random.int(bound);
  const limit = 0x10000 - (0x10000 % bound);
  let spare = -1;
  return () => {
    for (;;) {
      let half = spare;
      if (half >= 0) spare = -1;
      else {
        const word = random.uint32();
        half = word >>> 16;
        spare = word & 0xffff;
      }
      if (half < limit) return half % bound;
    }
  };
}

/** The resampled means, in the order drawn. */
function unsortedMeans({ clusters, tasks, start, task, sum, count }: ClusterTable, random: Random, resamples: number): Float64Array {
  const means = new Float64Array(resamples), sums = new Float64Array(tasks), counts = new Float64Array(tasks), draw = indexSource(random, clusters);
  for (let r = 0; r < resamples; r++) {
    sums.fill(0);
    counts.fill(0);
    for (let i = 0; i < clusters; i++) {
      const c = draw(), end = start[c + 1]!;
      for (let e = start[c]!; e < end; e++) {
        sums[task[e]!]! += sum[e]!;
        counts[task[e]!]! += count[e]!;
      }
    }
    means[r] = meanOfTasks(sums, counts);
  }
  return means;
}

/** The q-quantile of sorted numbers, linear between neighbours. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1), below = Math.floor(at), above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}

function bootstrap(samples: readonly ClusteredValue[], { random, resamples = 10_000, level = 0.95 }: BootstrapOptions, still: (clusters: number) => Interval): BootstrapEstimate {
  const table = clusterTable(samples), means = unsortedMeans(table, random, resamples).sort(), centre = means.reduce((a, b) => a + b, 0) / resamples;
  const standardError = Math.sqrt(means.reduce((a, b) => a + (b - centre) ** 2, 0) / Math.max(1, resamples - 1));
  const estimate = tableMean(table), moves = means[resamples - 1]! - means[0]! > 1e-12;
  const { low, high } = moves ? { low: quantile(means, (1 - level) / 2), high: quantile(means, (1 + level) / 2) } : still(table.clusters);
  return { estimate, low: Math.min(low, estimate), high: Math.max(high, estimate), standardError: moves ? standardError : 0, clusters: table.clusters };
}

/** Percentile interval of a mean of task accuracies; where all resamples agree (all right, all wrong, one cluster), Wilson's with the clusters as trials. */
export function bootstrapAccuracy(samples: readonly ClusteredOutcome[], options: BootstrapOptions): BootstrapEstimate {
  const right = samples.filter((s) => s.correct).length / samples.length;
  return bootstrap(samples.map(({ task, cluster, correct }) => ({ task, cluster, value: Number(correct) })), options, (clusters) => wilson(right * clusters, clusters, options.level));
}

/** Percentile interval of a mean of values by cluster; where all resamples agree, nothing but the mean. */
export function bootstrapMean(samples: readonly { readonly cluster: string; readonly value: number }[], options: BootstrapOptions): BootstrapEstimate {
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / samples.length;
  return bootstrap(samples.map(({ cluster, value }) => ({ task: "", cluster, value })), options, () => ({ low: mean, high: mean }));
}

/** Percentile interval of the difference first - second of two arms' means of task accuracies on the same samples; where all resamples agree, Newcombe's with the clusters as pairs. */
export function bootstrapDifference(pairs: readonly PairedOutcome[], options: BootstrapOptions): BootstrapEstimate {
  return bootstrap(differences(pairs), options, (clusters) => {
    const share = (first: boolean, second: boolean): number => (pairs.filter((p) => p.first === first && p.second === second).length / pairs.length) * clusters;
    return newcombePaired({ both: share(true, true), onlyFirst: share(true, false), onlySecond: share(false, true), neither: share(false, false) }, options.level);
  });
}

/** Percentile interval of the difference first - second of two means of task accuracies whose samples are not paired but may share targets; where all resamples agree, the sides' Wilson intervals, with the clusters as trials, are combined (Newcombe, 1998, method 10 without correlation). */
export function bootstrapContrast(first: readonly ClusteredOutcome[], second: readonly ClusteredOutcome[], options: BootstrapOptions): BootstrapEstimate {
  // A mean over the tasks of both sides of twice the accuracies, the second side's negative, is the difference where both have the same number of tasks.
  const tasksOf = (side: readonly ClusteredOutcome[]): number => new Set(side.map(({ task }) => task)).size, both = tasksOf(first) + tasksOf(second);
  const signed = (side: readonly ClusteredOutcome[], name: string, sign: number): ClusteredValue[] =>
    side.map(({ task, cluster, correct }) => ({ task: `${name}/${task}`, cluster, value: Number(correct) * sign * both / tasksOf(side) }));
  return bootstrap([...signed(first, "first", 1), ...signed(second, "second", -1)], options, (clusters) => {
    const [a, b] = [first, second].map((side) => {
      const share = side.filter(({ correct }) => correct).length / side.length;
      return { share, ...wilson(share * clusters, clusters, options.level) };
    }) as [Interval & { share: number }, Interval & { share: number }];
    const difference = a.share - b.share;
    return { low: difference - Math.hypot(a.share - a.low, b.high - b.share), high: difference + Math.hypot(a.high - a.share, b.share - b.low) };
  });
}

/** Percentile interval of the ratio first / second of two arms' means of task accuracies on the same samples; resamples in which the second is 0 are left out, and null stands where the second is 0 itself. */
export function bootstrapRatio(pairs: readonly PairedOutcome[], { random, resamples = 10_000, level = 0.95 }: BootstrapOptions): (Interval & { readonly estimate: number }) | null {
  const tables = (["first", "second"] as const).map((side) => clusterTable(pairs.map((pair) => ({ task: pair.task, cluster: pair.cluster, value: Number(pair[side]) })))) as [ClusterTable, ClusterTable];
  const [above, below] = tables.map(tableMean) as [number, number], seed = random.uint32();
  if (below === 0) return null;
  // Both sides draw the same clusters, since their streams have one name.
  const [top, bottom] = tables.map((table) => unsortedMeans(table, new Random("ratio", seed), resamples)) as [Float64Array, Float64Array];
  const ratios = top.map((value, r) => value / bottom[r]!).filter((ratio) => Number.isFinite(ratio)).sort(), estimate = above / below;
  if (ratios.length === 0) return null;
  return { estimate, low: Math.min(estimate, quantile(ratios, (1 - level) / 2)), high: Math.max(estimate, quantile(ratios, (1 + level) / 2)) };
}
