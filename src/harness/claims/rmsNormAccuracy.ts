import { accuracyDrop, totalLoss } from "./ablationClaims.ts";
import type { PaperClaim } from "./claim.ts";

export const rmsNormAccuracy: PaperClaim = {
  id: "rmsnorm-accuracy", section: "4.4, Figure 7",
  sentence: "with our design, the loss converges to a reasonable value, leading to strong evaluation performance. This comparison validates the effectiveness of our design.",
  statement: "Without the RMS norm, 2-shot accuracy is lower",
  aboutTraining: true, touchedBy: ["t5FinalNorm", "conditioningNoise"], test: (context) => accuracyDrop(context, "no-rmsnorm", totalLoss),
};
