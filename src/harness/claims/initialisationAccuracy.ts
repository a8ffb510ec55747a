import { accuracyDrop, totalLoss } from "./ablationClaims.ts";
import type { PaperClaim } from "./claim.ts";

export const initialisationAccuracy: PaperClaim = {
  id: "initialisation-accuracy", section: "4.4, Figure 7",
  sentence: "the RMSNorm layer and its initialization are critical for training convergence",
  statement: "With an RMS norm that starts at ones instead of T5's weights, 2-shot accuracy is lower",
  aboutTraining: true, touchedBy: ["t5FinalNorm", "conditioningNoise"], test: (context) => accuracyDrop(context, "default-init", totalLoss),
};
