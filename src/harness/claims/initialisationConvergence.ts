import { convergenceLost } from "./ablationClaims.ts";
import type { PaperClaim } from "./claim.ts";

export const initialisationConvergence: PaperClaim = {
  id: "initialisation-convergence", section: "3.2 and 4.4, Figure 7",
  sentence: "this initialization ensures consistent scale alignment at the start of training, significantly improving training stability and convergence",
  statement: "With an RMS norm that starts at ones instead of T5's weights, the aligner's training loss does not converge",
  aboutTraining: true, touchedBy: ["t5FinalNorm"], test: (context) => convergenceLost(context, "default-init"),
};
