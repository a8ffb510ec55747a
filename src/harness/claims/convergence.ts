/** Whether a training converged, by a rule fixed beforehand. */
import type { LossLine } from "../runs/losses.ts";
import { deviation, mean } from "../statistics/moments.ts";

const settledFactor = 1.05, spikeFactor = 3, baselineShare = 0.75, baselineFactor = 2, fallShare = 0.5;

type Losses = readonly (number | null)[];

/** The value that a converged training ends at, and the reason why another is none; the baseline is given where it is not the baseline's own. */
export interface Reasonable {
  readonly words: string;
  readonly fault: (losses: readonly number[], baseline?: Losses) => string | undefined;
}

const start = <T>(losses: readonly T[]): readonly T[] => losses.slice(0, Math.max(1, Math.ceil(losses.length / 100)));
const tail = <T>(losses: readonly T[]): readonly T[] => losses.slice(-Math.ceil(losses.length / 10));

/** A mean; null where a number is not finite. */
const finiteMean = (losses: Losses): number | null => (losses.includes(null) ? null : mean(losses as number[]));

const fellOnly = (from: number, to: number): string => `the loss went from ${from.toPrecision(3)} to ${to.toPrecision(3)} only`;
const endsAbove = (own: number, baseline: number): string => `the loss ends at ${own.toPrecision(3)}, the baseline's at ${baseline.toPrecision(3)}`;

/** By shares of the loss. */
export const byLoss: Reasonable = {
  words: `at most ${baselineFactor} times the baseline's of the same seed (for the baseline itself, at most ${baselineShare} of the mean of its first hundredth)`,
  fault(losses, baseline) {
    const last = mean(tail(losses));
    if (!baseline) return last <= baselineShare * mean(start(losses)) ? undefined : fellOnly(mean(start(losses)), last);
    const reference = finiteMean(tail(baseline));
    return reference !== null && last > baselineFactor * reference ? endsAbove(last, reference) : undefined;
  },
};

/** By shares of the baseline's fall: where the decoder reads the text's first words beside the features, its loss is low before any training, and a share of it says nothing. */
export const byFall: Reasonable = {
  words: `down from the mean of the baseline's first hundredth by at least ${fallShare} times as much as the baseline of the same seed (for the baseline itself, by more than the standard deviation of the steps of its last tenth)`,
  fault(losses, baseline) {
    const last = mean(tail(losses));
    if (!baseline) return mean(start(losses)) - last > deviation(tail(losses)) ? undefined : fellOnly(mean(start(losses)), last);
    const [from, to] = [finiteMean(start(baseline)), finiteMean(tail(baseline))];
    return from !== null && to !== null && from - last < fallShare * (from - to) ? endsAbove(last, to) : undefined;
  },
};

/** The rule in words. */
export const convergenceRule = ({ words }: Reasonable): string =>
  `a training converged if every loss is finite; no step of the last tenth is above ${spikeFactor} times their median; the mean of the last tenth is at most ${settledFactor} times that of the tenth before; `
  + `and that mean is a reasonable value: ${words}`;

export interface Convergence {
  readonly converged: boolean;
  /** The first condition that failed. */
  readonly because?: string;
  /** Mean of the last tenth of the steps; null where one of them is not finite. */
  readonly finalLoss: number | null;
}

/** Judges a training by its recorded steps, in order; `baseline` holds the baseline's steps of the same seed, and is left out for the baseline itself. */
export function convergenceOf(lines: readonly LossLine[], baseline?: readonly LossLine[], reasonable = byLoss): Convergence {
  const losses = lines.map(({ loss }) => loss), broken = losses.findIndex((loss) => loss === null);
  if (losses.length < 20) return { converged: false, because: `only ${losses.length} steps are on record`, finalLoss: null };
  const finalLoss = finiteMean(tail(losses)), failed = (because: string): Convergence => ({ converged: false, because, finalLoss });
  if (broken >= 0) return failed(`the loss of step ${lines[broken]!.step} is not finite`);
  const finite = losses as number[], end = tail(finite), last = finalLoss!, before = mean(finite.slice(-2 * end.length, -end.length)), highest = Math.max(...end), middle = end.toSorted((a, b) => a - b)[end.length >> 1]!;
  if (highest > spikeFactor * middle) return failed(`the last tenth has a step of loss ${highest.toPrecision(3)}, its median is ${middle.toPrecision(3)}`);
  if (last > settledFactor * before) return failed(`the loss still rises: ${before.toPrecision(3)}, then ${last.toPrecision(3)}`);
  const fault = reasonable.fault(finite, baseline?.map(({ loss }) => loss));
  return fault === undefined ? { converged: true, finalLoss } : failed(fault);
}
