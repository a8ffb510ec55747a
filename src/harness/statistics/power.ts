/** How much a paired comparison of two arms can decide (McNemar's test, normal approximation: Connor, 1987). */
import { criticalValue, normalQuantile } from "./normal.ts";

export interface PowerOptions {
  /** Share of samples on which the arms disagree. */
  readonly discordant: number;
  /** Two-sided significance level. */
  readonly alpha?: number;
  readonly power?: number;
  /** Variance of the clustered estimate over that of independent samples, at least 1. */
  readonly designEffect?: number;
}

/** The number of paired samples at which a true difference of accuracies (0 < |difference| <= discordant) is detected with the given power. */
export function pairsNeeded(difference: number, { discordant, alpha = 0.05, power = 0.8, designEffect = 1 }: PowerOptions): number {
  const d = Math.abs(difference);
  if (!(d > 0 && d <= discordant && discordant <= 1)) throw new RangeError(`pairsNeeded: expected 0 < |difference| <= discordant <= 1, found difference ${difference}, discordant ${discordant}`);
  const root = criticalValue(1 - alpha) * Math.sqrt(discordant) + normalQuantile(power) * Math.sqrt(discordant - d * d);
  return Math.ceil(designEffect * (root / d) ** 2 - 1e-9);
}

/** The least true difference of accuracies that `pairs` paired samples detect with the given power; null where not even one arm winning every disagreement would be detected. */
export function detectableDifference(pairs: number, options: PowerOptions): number | null {
  const { discordant } = options;
  if (!(discordant > 0) || pairsNeeded(discordant, options) > pairs) return null;
  let low = 0, high = discordant;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (pairsNeeded(middle, options) <= pairs) high = middle;
    else low = middle;
  }
  return high;
}
