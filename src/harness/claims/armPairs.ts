/** The samples of two arms of a run, paired. */
import { comparePairs, pairSamples, type Comparison, type SamplePair } from "../compare/paired.ts";
import { clusterOf } from "../runs/samples.ts";
import type { ClaimContext } from "./claim.ts";

/** The shots of the paper's Table 3, at which ablations are compared. */
export const ablationShots = 2;

/** The samples of two arms at a number of shots, paired by prompt and, unless one of them has no training of its own, by training seed. */
export function armPairs({ samples }: ClaimContext, first: string, second: string, shots: number, bySeed = true): SamplePair[] {
  const of = (arm: string) => samples.filter((sample) => sample.arm === arm && sample.shots === shots);
  return pairSamples(of(first), of(second), { bySeed, cluster: clusterOf });
}

/** First minus second on the paired samples of two arms; undefined where there are none. */
export function compareArms(context: ClaimContext, first: string, second: string, shots: number, bySeed = true): Comparison | undefined {
  const pairs = armPairs(context, first, second, shots, bySeed);
  return pairs.length === 0 ? undefined : comparePairs(pairs, [context.summary.seed, first, second, shots], context.draws);
}

/** A caution where the baseline itself does not stand clear of an aligner that never trained: then no ablation can fall below it. */
export function floorNote(context: ClaimContext, baseline: string, shots: number): string | undefined {
  const pairs = armPairs(context, baseline, "untrained-aligner", shots, false);
  if (pairs.length === 0) return undefined;
  const { ci95 } = comparePairs(pairs, [context.summary.seed, baseline, "untrained-aligner", shots], Math.min(2000, context.draws ?? 2000));
  return ci95[0] > 0 ? undefined : "the baseline is not measurably better than an untrained aligner, so that an ablation has nothing to lose";
}
