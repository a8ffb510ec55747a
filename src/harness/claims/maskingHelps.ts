import { accuracyDrop, publishedDrop } from "./ablationClaims.ts";
import type { PaperClaim } from "./claim.ts";

export const maskingHelps: PaperClaim = {
  id: "masking-helps", section: "4.4, Table 3",
  sentence: "Without the random masked training, ThinkDiff-LVLM converges quickly but achieves inferior evaluation accuracy, indicating incomplete feature space alignment.",
  statement: "Without random masked training, 2-shot accuracy is lower",
  aboutTraining: true, touchedBy: ["conditioningNoise"], test: (context) => accuracyDrop(context, "no-masking", publishedDrop("no-masking")),
};
