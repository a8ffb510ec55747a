import type { Random } from "../../random/random.ts";
import { clusterTable, differences, type PairedOutcome } from "./clusters.ts";

export interface PermutationResult {
  /** First minus second: difference of the means of task accuracies. */
  readonly difference: number;
  readonly p: number;
  /** True where all sign patterns were counted, not drawn. */
  readonly exact: boolean;
}

/**
 * Two-sided paired permutation test of two arms' means of task accuracies: under the null the arms' names may be swapped
 * within each cluster, all its samples together. Counts every pattern where there are at most `draws` of them; else
 * draws `draws` and counts the observed one too (Phipson and Smyth, 2010), so p is never 0.
 */
export function pairedPermutation(pairs: readonly PairedOutcome[], { random, draws = 10_000 }: { random: Random; draws?: number }): PermutationResult {
  const { clusters, tasks, start, task, sum, count } = clusterTable(differences(pairs));
  const perTask = new Float64Array(tasks);
  for (let e = 0; e < task.length; e++) perTask[task[e]!]! += count[e]!;
  const contribution = (c: number): number => {
    let total = 0;
    for (let e = start[c]!; e < start[c + 1]!; e++) total += sum[e]! / (perTask[task[e]!]! * tasks);
    return total;
  };
  const all = Array.from({ length: clusters }, (_, c) => contribution(c)), weights = Float64Array.from(all.filter((w) => Math.abs(w) > 1e-15));
  const difference = all.reduce((a, b) => a + b, 0), threshold = Math.abs(difference) - 1e-12;
  const patterns = 2 ** weights.length, exact = patterns <= draws;
  let extreme = 0;
  if (exact) {
    for (let pattern = 0; pattern < patterns; pattern++) {
      let total = 0;
      for (let i = 0; i < weights.length; i++) total += (pattern >>> i) & 1 ? weights[i]! : -weights[i]!;
      if (Math.abs(total) >= threshold) extreme++;
    }
    return { difference, p: extreme / patterns, exact };
  }
  for (let d = 0; d < draws; d++) {
    let total = 0, bits = 0;
    for (let i = 0; i < weights.length; i++) {
      if (i % 32 === 0) bits = random.uint32();
      total += bits & 1 ? weights[i]! : -weights[i]!;
      bits >>>= 1;
    }
    if (Math.abs(total) >= threshold) extreme++;
  }
  return { difference, p: (extreme + 1) / (draws + 1), exact };
}
