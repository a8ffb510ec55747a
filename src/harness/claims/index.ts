/** The paper's claims in the ledger's order: adding one is adding its file and its line here. */
import type { PaperClaim } from "./claim.ts";
import { generatedTokensAlone } from "./generatedTokensAlone.ts";
import { generatedTokensHelp } from "./generatedTokensHelp.ts";
import { initialisationAccuracy } from "./initialisationAccuracy.ts";
import { initialisationConvergence } from "./initialisationConvergence.ts";
import { maskingHelps } from "./maskingHelps.ts";
import { moreShotsHelp } from "./moreShotsHelp.ts";
import { rmsNormAccuracy } from "./rmsNormAccuracy.ts";
import { rmsNormConvergence } from "./rmsNormConvergence.ts";
import { sotaMargin } from "./sotaMargin.ts";
import { textTrainingTransfers } from "./textTrainingTransfers.ts";
import { trainingCost } from "./trainingCost.ts";

export const paperClaims: readonly PaperClaim[] = [
  moreShotsHelp, textTrainingTransfers, rmsNormConvergence, rmsNormAccuracy, initialisationConvergence, initialisationAccuracy, maskingHelps, generatedTokensHelp, generatedTokensAlone, sotaMargin, trainingCost,
];
