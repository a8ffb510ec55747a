/** Whether a training converged, by a rule fixed beforehand. */
import type { LossLine } from "../runs/losses.ts";
import { mean } from "../statistics/moments.ts";

const settledFactor = 1.05, spikeFactor = 3, baselineShare = 0.75, baselineFactor = 2;

/** The rule in words. */
export const convergenceRule =
  `a training converged if every loss is finite; no step of the last tenth is above ${spikeFactor} times their median; the mean of the last tenth is at most ${settledFactor} times that of the tenth before; `
  + `and that mean is a reasonable value: at most ${baselineFactor} times the baseline's of the same seed (for the baseline itself, at most ${baselineShare} of the mean of its first hundredth)`;

export interface Convergence {
  readonly converged: boolean;
  /** The first condition that failed. */
  readonly because?: string;
  /** Mean of the last tenth of the steps; null where one of them is not finite. */
  readonly finalLoss: number | null;
}

/** Judges a training by its recorded steps, in order; `baseline` holds the baseline's steps of the same seed, and is left out for the baseline itself. */
export function convergenceOf(lines: readonly LossLine[], baseline?: readonly LossLine[]): Convergence {
  const losses = lines.map(({ loss }) => loss), broken = losses.findIndex((loss) => loss === null);
  if (losses.length < 20) return { converged: false, because: `only ${losses.length} steps are on record`, finalLoss: null };
  const tenth = Math.ceil(losses.length / 10), tail = losses.slice(-tenth), finalLoss = tail.includes(null) ? null : mean(tail as number[]);
  if (broken >= 0) return { converged: false, because: `the loss of step ${lines[broken]!.step} is not finite`, finalLoss };
  const last = finalLoss!, before = mean(losses.slice(-2 * tenth, -tenth) as number[]), highest = Math.max(...(tail as number[])), middle = (tail as number[]).toSorted((a, b) => a - b)[tail.length >> 1]!;
  const failed = (because: string): Convergence => ({ converged: false, because, finalLoss });
  if (highest > spikeFactor * middle) return failed(`the last tenth has a step of loss ${highest.toPrecision(3)}, its median is ${middle.toPrecision(3)}`);
  if (last > settledFactor * before) return failed(`the loss still rises: ${before.toPrecision(3)}, then ${last.toPrecision(3)}`);
  if (!baseline) {
    const start = mean(losses.slice(0, Math.max(1, Math.ceil(losses.length / 100))) as number[]);
    return last <= baselineShare * start ? { converged: true, finalLoss } : failed(`the loss went from ${start.toPrecision(3)} to ${last.toPrecision(3)} only`);
  }
  const reference = convergenceOf(baseline).finalLoss;
  return reference !== null && last > baselineFactor * reference ? failed(`the loss ends at ${last.toPrecision(3)}, the baseline's at ${reference.toPrecision(3)}`) : { converged: true, finalLoss };
}
