/** The paper's claims about the norm, tested on ThinkDiff-CLIP: its losses and, over all kinds of input together, its joint rates. */
import { convergenceLost, divergedNote } from "../claims/ablationClaims.ts";
import type { Finding, PaperClaim } from "../claims/claim.ts";
import { byFall } from "../claims/convergence.ts";
import { initialisationAccuracy } from "../claims/initialisationAccuracy.ts";
import { initialisationConvergence } from "../claims/initialisationConvergence.ts";
import { rmsNormAccuracy } from "../claims/rmsNormAccuracy.ts";
import { rmsNormConvergence } from "../claims/rmsNormConvergence.ts";
import { ruleTexts } from "../claims/rules.ts";
import { comparePairs, pairSamples, type Comparison } from "../compare/paired.ts";
import type { LossLine } from "../runs/losses.ts";
import type { RunRecord } from "../runs/record.ts";
import type { Summary } from "../summary/types.ts";
import { composeMethod, untrainedClip } from "./arms.ts";
import { caseKey, judgedLines, type ComposeLine } from "./lines.ts";

/** A run's records, and what its summary has of them. */
export interface ComposeClaimContext {
  readonly record: RunRecord;
  readonly samples: readonly ComposeLine[];
  readonly losses: readonly LossLine[];
  readonly summary: Pick<Summary, "training" | "seed">;
  /** Random draws for each interval and p-value; 10,000 by default. */
  readonly draws?: number;
}

/** The rules of verdicts, in words. */
export const clipRuleTexts: readonly string[] = [
  ...ruleTexts,
  "for ThinkDiff-CLIP the paper has no numbers, and CoBSAT's are no measure for its joint rates, since half of what is lost there can be more than there is to lose here. What the baseline is above an untrained aligner in the same run stands for the published effect, as if exact; where its own 95 % interval does not lie above 0, no accuracy is testable",
];

/** The joint rate of one arm less that of another on the same cases and noises, as a mean over kinds of input; undefined where they have none in common. */
function compareRates({ samples, summary, draws }: ComposeClaimContext, first: string, second: string, bySeed: boolean): Comparison | undefined {
  const judged = judgedLines(samples), of = (name: string): typeof judged => judged.filter(({ arm }) => arm === name), pairs = pairSamples(of(first), of(second), { bySeed, cluster: caseKey });
  return pairs.length === 0 ? undefined : comparePairs(pairs, ["compose claims", summary.seed, first, second], draws);
}

/** What a variant loses of the joint rate. */
function rateLost(context: ComposeClaimContext, variant: string): Finding[] {
  const comparison = compareRates(context, composeMethod, variant, true);
  if (!comparison) return [];
  const { effect, ci95, n, clusters } = comparison, whole = compareRates(context, composeMethod, untrainedClip, false);
  if (!whole || whole.ci95[0] <= 0) return [{ kind: "untestable", note: whole ? "the baseline is not measurably better than an untrained aligner, so that an ablation has nothing to lose" : `needs the arm ${untrainedClip}, which says how much there is to lose`, extra: { effect, ci95, n, clusters } }];
  return [{
    kind: "measured", comparison, published: whole.effect, note: divergedNote(context.record, variant),
    publishedFrom: "the paper has no such number for ThinkDiff-CLIP; all that there is to lose, the baseline's rate less the untrained aligner's in this run, stands for it, and half of that is the measure",
  }];
}

const fallLost = (context: ComposeClaimContext, variant: string): Finding[] => convergenceLost(context, variant, { method: composeMethod, reasonable: byFall })
  .map((finding) => ({ ...finding, note: [finding.note, "the paper shows ThinkDiff-LVLM's losses alone"].filter((x) => x !== undefined).join("; ") }));

const ofClip = (claim: PaperClaim, statement: string, test: (context: ComposeClaimContext) => Finding[]): PaperClaim<ComposeClaimContext> => ({ ...claim, statement: `ThinkDiff-CLIP: ${statement}`, test });

/** In the ledger's order. */
export const clipClaims: readonly PaperClaim<ComposeClaimContext>[] = [
  ofClip(rmsNormConvergence, "without the RMS norm, the aligner's training loss does not converge", (context) => fallLost(context, "no-rmsnorm")),
  ofClip(rmsNormAccuracy, "without the RMS norm, fewer pictures show all that is asked for", (context) => rateLost(context, "no-rmsnorm")),
  ofClip(initialisationConvergence, "with an RMS norm that starts at ones instead of T5's weights, the aligner's training loss does not converge", (context) => fallLost(context, "default-init")),
  ofClip(initialisationAccuracy, "with an RMS norm that starts at ones instead of T5's weights, fewer pictures show all that is asked for", (context) => rateLost(context, "default-init")),
];
