/** Everything that decides a sample of bench:compose, hashed. */
import { sha256 } from "../../files/sha256.ts";
import { imageMakings } from "../aligner/imageMaterial.ts";
import { makingsFrom } from "../aligner/makings.ts";
import { alignerIdentity, readAlignerRecord } from "../aligner/record.ts";
import { drawingSettings, modelsIdentity } from "../benchCobsat/identity.ts";
import type { ModelRole, Profile } from "../profile.ts";
import type { Identity } from "../runs/identity.ts";
import { noises } from "./arms.ts";
import { captionPrompt } from "./captions.ts";
import type { CaseSource } from "./cases.ts";
import type { ComposeRequest } from "./options.ts";
import { casesAtOnce, type ComposeModels } from "./session.ts";

/** Names ThinkDiff-CLIP's aligner before it exists: the weights of the shipped one where that is the one asked for, else all that decides the training. */
function clipAlignerName({ clipAligner }: Profile, { vision, t5 }: ComposeModels, retrain: boolean): string {
  const identity = alignerIdentity(makingsFrom(clipAligner, sha256(imageMakings(vision, clipAligner.images)), t5)), shipped = retrain ? undefined : readAlignerRecord(clipAligner.shipped);
  return shipped?.identity === identity ? `shipped, weights ${shipped.weights}` : `trained here, identity ${identity}`;
}

/** The identity of a run. */
export function composeIdentity(profile: Profile, request: ComposeRequest, models: ComposeModels, cases: CaseSource, roles: readonly ModelRole[], retrain: boolean): Identity {
  return {
    kind: "compose", ...modelsIdentity(profile, request, roles),
    datasets: { [cases.label]: cases.identity }, prompts: { "caption prompt": sha256(captionPrompt) },
    settings: {
      aligner: clipAlignerName(profile, models, retrain), ...drawingSettings(profile, request, models.t5, true), noises, casesAtOnce, similarity: profile.compose.similarity,
      composeTextTokens: profile.clipAligner.textTokens ?? "as other texts",
    },
  };
}
