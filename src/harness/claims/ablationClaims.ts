/** What the claims about ablations share: the baseline against one variant, at every scale of the norm that was run. */
import { atScale, scaledArm } from "../../ablations/norm-scale.ts";
import { publishedFor } from "../../cobsat/published.ts";
import { groupBy } from "../groupBy.ts";
import type { LossLine } from "../runs/losses.ts";
import type { RunRecord } from "../runs/record.ts";
import { ablationShots, compareArms, floorNote } from "./armPairs.ts";
import type { ClaimContext, Finding } from "./claim.ts";
import { byLoss, convergenceOf, convergenceRule } from "./convergence.ts";
import { lossGap } from "./lossGap.ts";

const baseline = "thinkdiff-lvlm";

/** The published effect of an ablation, and where it is from if the paper does not print it. */
export interface PublishedEffect {
  readonly published: number;
  readonly publishedFrom?: string;
}

const publishedBaseline = publishedFor(baseline, ablationShots)!;

/** The difference of two rows of Table 3. */
export const publishedDrop = (ablation: string): PublishedEffect => ({ published: publishedBaseline - publishedFor(ablation, ablationShots)! });

/** What losing all but chance would be: the paper prints no accuracy for trainings that it says do not converge. */
export const totalLoss: PublishedEffect = {
  published: publishedBaseline - 0.01,
  publishedFrom: "the paper prints no accuracy for this arm; taken to be chance (0.01), since its training is said not to converge",
};

/** The scales of T5's norm at which all of the arms are among the names, ascending. */
function commonScales(names: Iterable<string>, ...arms: readonly string[]): number[] {
  const present = new Set(names), scales = new Set([...present].map((name) => scaledArm(name).scale));
  return [...scales].filter((scale) => arms.every((arm) => present.has(atScale(arm, scale)))).sort((a, b) => a - b);
}

/** The baseline's accuracy less the variant's, at each scale where both have samples. */
export function accuracyDrop(context: ClaimContext, variant: string, effect: PublishedEffect, note?: string): Finding[] {
  const names = new Set(context.samples.map(({ arm }) => arm));
  return commonScales(names, baseline, variant).flatMap((scale): Finding[] => {
    const first = atScale(baseline, scale), second = atScale(variant, scale), comparison = compareArms(context, first, second, ablationShots);
    if (!comparison) return [];
    return [{ kind: "measured", scale, comparison, ...effect, note: [note, floorNote(context, first, ablationShots), divergedNote(context.record, second)].filter((x) => x !== undefined).join("; ") || undefined }];
  });
}

/** What is to be known of a picture whose arm's training broke. */
export const divergedNote = ({ trainings }: RunRecord, arm: string): string | undefined =>
  (trainings.some((training) => training.arm === arm && training.diverged) ? `${arm} diverged; its images are drawn with the last sound weights` : undefined);

/** Whether the method's own training converges and the variant's does not, at each scale where both were trained with a common seed. */
export function convergenceLost({ losses }: Pick<ClaimContext, "losses">, variant: string, { method = baseline, reasonable = byLoss } = {}): Finding[] {
  const trainings = groupBy(losses, ({ arm, seed }) => JSON.stringify([arm, seed])), names = new Set(losses.map(({ arm }) => arm));
  const of = (arm: string, seed: number): LossLine[] => trainings.get(JSON.stringify([arm, seed])) ?? [];
  return commonScales(names, method, variant).flatMap((scale): Finding[] => {
    const first = atScale(method, scale), second = atScale(variant, scale);
    const seeds = [...new Set(losses.filter(({ arm }) => arm === first).map(({ seed }) => seed))].filter((seed) => of(second, seed).length > 0).sort((a, b) => a - b);
    if (seeds.length === 0) return [];
    const own = seeds.map((seed) => ({ seed, baseline: convergenceOf(of(first, seed), undefined, reasonable), variant: convergenceOf(of(second, seed), of(first, seed), reasonable) }));
    const sound = own.every((training) => training.baseline.converged), failing = own.filter((training) => !training.variant.converged).length;
    const verdict = !sound ? "not testable here" : failing === own.length ? "reproduced" : failing === 0 ? "not reproduced" : "not testable here";
    const note = !sound ? "the baseline itself did not converge" : failing > 0 && failing < own.length ? `${failing} of ${own.length} trainings of the variant failed to converge` : undefined;
    const gaps = seeds.flatMap((seed) => { const gap = lossGap(of(second, seed), of(first, seed)); return gap ? [{ seed, ...gap }] : []; });
    return [{ kind: "ruled", scale, verdict, seeds, note, rule: `reproduced if, for every training seed, the baseline converged and ${variant} did not; not reproduced if both did for every seed. ${convergenceRule(reasonable)}`, extra: { trainings: own, ...(gaps.length > 0 ? { lossGaps: gaps } : {}) } }];
  });
}
