/** The rules of verdicts: the same for every claim, fixed before any run. */
import { detectableDifference, pairsNeeded } from "../statistics/power.ts";
import type { Bounds, Verdict } from "../summary/types.ts";

/** Adjusted p-values below this count. */
export const alpha = 0.05;

/** Share of the published effect that must be excluded for "not reproduced". */
export const excludedShare = 0.5;

/** Training seeds that a claim about training needs. */
export const seedsNeeded = 3;

/** With which probability an effect called detectable is found. */
export const power = 0.8;

/** The rules in words, in the order they are applied. */
export const ruleTexts: readonly string[] = [
  `reproduced: p < ${alpha} after Holm's adjustment over all claims with a p-value in this ledger, and the effect has the paper's direction`,
  "not reproduced: otherwise, if the 95 % interval lies below half the published effect",
  "not testable here: otherwise; n to decide is the number of pairs that find half the published effect with 80 % power at the ledger's strictest level",
  "depends on scale: of several scales of T5's final norm, those at which the claim could be tested differ in their verdicts; where they agree the claim has that verdict, with a note of the scales at which it is not testable here",
  `a claim about training with fewer than ${seedsNeeded} training seeds is marked with their number; its interval then holds for these trainings alone`,
];

export interface Measured {
  /** Positive in the paper's direction. */
  readonly effect: number;
  readonly ci95: Bounds;
  readonly pHolm: number | null;
  /** Positive. */
  readonly published: number;
}

/** The verdict on a measured effect. */
export function verdictOf({ effect, ci95, pHolm, published }: Measured): Exclude<Verdict, "depends on scale"> {
  if (pHolm !== null && pHolm < alpha && effect > 0) return "reproduced";
  return ci95[1] < excludedShare * published ? "not reproduced" : "not testable here";
}

/** The verdict of all scales at which the claim could be tested where they agree, else "depends on scale"; "not testable here" where it could be tested at none. Throws without verdicts. */
export function acrossScales(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) throw new RangeError("no verdicts to combine");
  const told = new Set(verdicts.filter((verdict) => verdict !== "not testable here"));
  return told.size > 1 ? "depends on scale" : ([...told][0] ?? "not testable here");
}

/** "one seed", "two seeds", or undefined where there are enough. */
export const seedMark = (seeds: number): string | undefined => (seeds >= seedsNeeded ? undefined : seeds === 1 ? "one seed" : seeds === 2 ? "two seeds" : "no seed");

export interface Sensitivity {
  /** The least true effect that these pairs find with 80 % power; null where none would be. */
  readonly minimumDetectable: number | null;
  /** Pairs that find half the published effect; at least one, since fewer cannot be had. */
  readonly nToDecide: number;
}

/** How much a comparison can decide in a family of that many p-values (Holm's strictest level, alpha / family). */
export function sensitivityOf({ n, discordant, designEffect, published, family }: { readonly n: number; readonly discordant: number; readonly designEffect: number; readonly published: number; readonly family: number }): Sensitivity {
  const level = alpha / Math.max(1, family), half = excludedShare * published, options = { alpha: level, power, designEffect };
  return { minimumDetectable: detectableDifference(n, { ...options, discordant }), nToDecide: pairsNeeded(half, { ...options, discordant: Math.min(1, Math.max(discordant, half)) }) };
}
