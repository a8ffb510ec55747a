/** Arms at several learning rates, and each one's own: the rate of the least held-out loss, so that no accuracy chooses. */
import { ratesOf, sweptArms } from "../../ablations/rate-sweep.ts";
import { mean } from "../statistics/moments.ts";
import type { Summary } from "../summary/types.ts";

export interface RatedArm {
  readonly name: string;
  /** In multiples of the baseline's. */
  readonly rate: number;
  /** At the end of training, the mean over training seeds; null where one diverged. */
  readonly heldOut: number | null;
}

export interface Sweep {
  readonly arm: string;
  readonly rates: readonly RatedArm[];
  /** The one of the least held-out loss; undefined where none has one. */
  readonly best: RatedArm | undefined;
}

/** The swept arms that were trained, at the rates they were trained with, the baseline first. */
export function sweepsOf({ training }: Pick<Summary, "training">): Sweep[] {
  return sweptArms.flatMap((arm): Sweep[] => {
    const rates = ratesOf(arm).flatMap(({ name, rate }): RatedArm[] => {
      const own = training.filter((one) => one.arm === name), losses = own.flatMap(({ heldOutLoss, diverged }) => (heldOutLoss === null || diverged ? [] : [heldOutLoss]));
      return own.length === 0 ? [] : [{ name, rate, heldOut: losses.length === own.length ? mean(losses) : null }];
    });
    const sound = rates.filter(({ heldOut }) => heldOut !== null).sort((a, b) => a.heldOut! - b.heldOut!);
    return rates.length === 0 ? [] : [{ arm, rates, best: sound[0] }];
  });
}
