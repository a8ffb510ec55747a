/** An experiment in another number of steps: a short training wants other rates than a long one. */
import type { Experiment } from "./experiment.ts";

/** A length of training, and how many times the experiment's own rates its held-out loss is least at, of those tried. */
export interface ChosenRate {
  readonly steps: number;
  readonly rate: number;
}

/** The rate chosen for the length that is nearest in proportion; the experiment's own where none was chosen for any. */
const rateFor = (steps: number, chosen: readonly ChosenRate[]): number => chosen.toSorted((a, b) => Math.abs(Math.log(a.steps / steps)) - Math.abs(Math.log(b.steps / steps)))[0]?.rate ?? 1;

/** An experiment in so many steps, its schedule's shape kept and its rates those chosen for about that length. */
export function inSteps(experiment: Experiment, steps: number, chosen: readonly ChosenRate[] = []): Experiment {
  const { start, peak, floor, warmup } = experiment.schedule, rate = rateFor(steps, chosen), times = (own: number): number => Number((rate * own).toPrecision(12)); // 0.027, not 0.026999999999999996
  return { ...experiment, steps, schedule: { start: times(start), peak: times(peak), floor: times(floor), warmup } };
}
