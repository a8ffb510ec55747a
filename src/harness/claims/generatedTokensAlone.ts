import { accuracyDrop, publishedDrop } from "./ablationClaims.ts";
import { ablationShots, compareArms } from "./armPairs.ts";
import type { ClaimContext, PaperClaim } from "./claim.ts";

/** The other pair that differs in the features alone: without masking both write the whole text. */
function wholeText(context: ClaimContext): Readonly<Record<string, unknown>> {
  const comparison = compareArms(context, "no-masking", "input-tokens", ablationShots);
  return comparison ? { withTheWholeText: { effect: comparison.effect, ci95: comparison.ci95, n: comparison.n } } : {};
}

export const generatedTokensAlone: PaperClaim = {
  id: "generated-tokens-alone", section: "4.4, Table 3",
  sentence: "underscoring the critical role of generated tokens in successfully transferring reasoning capabilities",
  statement: "With the features of prompt positions instead of generated tokens and nothing else changed (the control input-tokens-split), 2-shot accuracy is lower",
  aboutTraining: true, touchedBy: ["conditioningNoise"],
  test: (context) => accuracyDrop(context, "input-tokens-split", { ...publishedDrop("input-tokens"), publishedFrom: "the paper has no such arm; its drop of input tokens, which changes the split of the text as well, stands for it" })
    .map((finding) => ({ ...finding, extra: wholeText(context) })),
};
