import { criticalValue } from "./normal.ts";

/** A confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Wilson's score interval of a proportion k / n (1927); n may be an effective, fractional number of trials. [0, 1] where n is 0. */
export function wilson(k: number, n: number, level = 0.95): Interval {
  if (!(n >= 0 && k >= 0 && k <= n)) throw new RangeError(`wilson(k, n): expected 0 <= k <= n, found k ${k}, n ${n}`);
  if (n === 0) return { low: 0, high: 1 };
  const z = criticalValue(level), p = k / n, z2 = (z * z) / n;
  const centre = (p + z2 / 2) / (1 + z2), half = (z / (1 + z2)) * Math.sqrt((p * (1 - p) + z2 / 4) / n);
  return { low: k === 0 ? 0 : Math.max(0, centre - half), high: k === n ? 1 : Math.min(1, centre + half) };
}
