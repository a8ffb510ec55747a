import { wilson, type Interval } from "./wilson.ts";

/** How many pairs two systems both got right, only one of them, or neither; fractional where effective numbers are meant. */
export interface PairedCounts {
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
}

/** Newcombe's square-and-add interval of the difference first - second of paired proportions (1998, method 10: continuity-corrected phi). */
export function newcombePaired({ both, onlyFirst, onlySecond, neither }: PairedCounts, level = 0.95): Interval & { readonly difference: number } {
  const n = both + onlyFirst + onlySecond + neither;
  if (n === 0) return { difference: 0, low: -1, high: 1 };
  const first = both + onlyFirst, second = both + onlySecond;
  const p1 = first / n, p2 = second / n, w1 = wilson(first, n, level), w2 = wilson(second, n, level);
  const margins = first * (n - first) * second * (n - second), cross = both * neither - onlyFirst * onlySecond;
  const corrected = cross > 0 ? Math.max(0, cross - n / 2) : cross, phi = margins === 0 ? 0 : corrected / Math.sqrt(margins);
  const combine = (a: number, b: number): number => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  const difference = (onlyFirst - onlySecond) / n;
  return { difference, low: Math.max(-1, difference - combine(p1 - w1.low, w2.high - p2)), high: Math.min(1, difference + combine(w1.high - p1, p2 - w2.low)) };
}
