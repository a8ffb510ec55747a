import { accuracyDrop, publishedDrop } from "./ablationClaims.ts";
import type { PaperClaim } from "./claim.ts";

const control = "input-tokens-split";

export const generatedTokensHelp: PaperClaim = {
  id: "generated-tokens-help", section: "4.4, Table 3",
  sentence: "using input token features for alignment leads to a significant performance drop, underscoring the critical role of generated tokens in successfully transferring reasoning capabilities",
  statement: "With the features of prompt positions instead of generated tokens, and the whole text as target as in the paper's ablation, 2-shot accuracy is lower",
  aboutTraining: true, touchedBy: ["conditioningNoise"],
  test: (context) => accuracyDrop(context, "input-tokens", publishedDrop("input-tokens"),
    `two things change at once, the features and the split of the text; ${context.samples.some(({ arm }) => arm === control) ? "the next claim changes the features alone" : `the control ${control}, which changes the features alone, was not run`}`),
};
