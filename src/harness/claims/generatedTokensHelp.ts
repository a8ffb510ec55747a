import { accuracyDrop, publishedDrop } from "./ablationClaims.ts";
import { ablationShots, compareArms } from "./armPairs.ts";
import type { ClaimContext, PaperClaim } from "./claim.ts";

/** The control that changes one thing only: prompt features in, but the text split as the baseline's. */
function controlled(context: ClaimContext): Readonly<Record<string, unknown>> | undefined {
  const comparison = compareArms(context, "thinkdiff-lvlm", "input-tokens-split", ablationShots);
  return comparison && { againstTheBaselinesSplit: { effect: comparison.effect, ci95: comparison.ci95, p: comparison.p, n: comparison.n } };
}

export const generatedTokensHelp: PaperClaim = {
  id: "generated-tokens-help", section: "4.4, Table 3",
  sentence: "using input token features for alignment leads to a significant performance drop, underscoring the critical role of generated tokens in successfully transferring reasoning capabilities",
  statement: "With the features of prompt positions instead of generated tokens, 2-shot accuracy is lower",
  aboutTraining: true, touchedBy: ["conditioningNoise"],
  test(context) {
    const control = controlled(context), note = control ? undefined : "the arm also changes how the text is split, as released; the control input-tokens-split, which does not, was not run";
    return accuracyDrop(context, "input-tokens", publishedDrop("input-tokens")).map((finding) => ({ ...finding, note: [finding.note, note].filter((x) => x !== undefined).join("; ") || undefined, ...(control ? { extra: control } : {}) }));
  },
};
