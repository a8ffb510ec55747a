/** How far apart two trainings ended that saw the same batches, and how much slower one was: told beside the verdict on convergence, which does not rest on it. */
import type { LossLine } from "../runs/losses.ts";
import { mean } from "../statistics/moments.ts";
import { criticalValue } from "../statistics/normal.ts";
import type { Bounds } from "../summary/types.ts";

export interface LossGap {
  /** Mean of the variant's loss less the baseline's over the last tenth of the steps, in nats per token, and its interval over these batches. */
  readonly gap: number;
  readonly ci95: Bounds;
  /** The same of the last held-out losses; null where one is not on record. */
  readonly heldOut: number | null;
  /** The baseline's loss halfway: its mean over the twentieth of the steps that ends there. */
  readonly halfway: number;
  /** Steps after which each had that loss; null for a variant that never had it. */
  readonly steps: { readonly baseline: number; readonly variant: number | null };
  readonly ofSteps: number;
}

const lastHeldOut = (lines: readonly LossLine[]): number | null => lines.findLast(({ heldOutLoss }) => heldOutLoss !== undefined)?.heldOutLoss ?? null;

/** The gap of two trainings with one seed, lines in the order of steps; undefined where they have not as many steps, 20 at least, or one is not finite. */
export function lossGap(variant: readonly LossLine[], baseline: readonly LossLine[]): LossGap | undefined {
  const n = baseline.length, of = (lines: readonly LossLine[]): number[] => lines.flatMap(({ loss }) => loss ?? []), [own, reference] = [of(variant), of(baseline)];
  if (n < 20 || own.length !== n || reference.length !== n) return undefined;
  const tenth = Math.ceil(n / 10), twentieth = Math.ceil(n / 20), differences = own.slice(-tenth).map((loss, i) => loss - reference[n - tenth + i]!), gap = mean(differences);
  const half = criticalValue(0.95) * Math.sqrt(mean(differences.map((x) => (x - gap) ** 2)) / (tenth - 1)), middle = Math.round(n / 2);
  const recent = (losses: readonly number[], steps: number): number => mean(losses.slice(steps - twentieth, steps)), halfway = recent(reference, middle);
  const reached = Array.from({ length: n - twentieth + 1 }, (_, i) => twentieth + i).find((steps) => recent(own, steps) <= halfway);
  const [a, b] = [lastHeldOut(variant), lastHeldOut(baseline)];
  return { gap, ci95: [gap - half, gap + half], heldOut: a === null || b === null ? null : a - b, halfway, steps: { baseline: middle, variant: reached ?? null }, ofSteps: n };
}
