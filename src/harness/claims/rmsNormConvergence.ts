import { convergenceLost } from "./ablationClaims.ts";
import type { PaperClaim } from "./claim.ts";

export const rmsNormConvergence: PaperClaim = {
  id: "rmsnorm-convergence", section: "4.4, Figure 7",
  sentence: "Without a RMSNorm layer or using default initialization, the training loss fails to converge while with our design, the loss converges to a reasonable value",
  statement: "Without the RMS norm, the aligner's training loss does not converge",
  aboutTraining: true, touchedBy: ["t5FinalNorm"], test: (context) => convergenceLost(context, "no-rmsnorm"),
};
