/** Everything that decides a sample of bench:compose, hashed. */
import { sha256 } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import { imageMakings } from "../aligner/imageMaterial.ts";
import { readAlignerRecord } from "../aligner/record.ts";
import { alignerName, type TrainingMaterial } from "../benchCobsat/aligners.ts";
import type { Frozen } from "../benchCobsat/frozen.ts";
import { drawingSettings, modelsIdentity, seenOf } from "../benchCobsat/identity.ts";
import { alignerInRun } from "../benchCobsat/needs.ts";
import type { ModelRole, Profile } from "../profile.ts";
import type { Identity, Seen } from "../runs/identity.ts";
import { noises } from "./arms.ts";
import { captionPrompt } from "./captions.ts";
import type { CaseSource } from "./cases.ts";
import type { ComposeRequest } from "./options.ts";
import { casesAtOnce } from "./session.ts";

/** The aligner in the run folder, and what it was trained on; undefined where there is none. */
function carriedMakings({ out }: ComposeRequest, { clipAligner: { experiment } }: Profile, retrain: boolean): { readonly folder: string; readonly made: TrainingMaterial } | undefined {
  const folder = alignerInRun(out, experiment, retrain);
  return folder === undefined ? undefined : { folder, made: readAlignerRecord(folder)!.made };
}

/** The identity of the vision tower's tokens of the profile's pictures. */
const tokensIdentity = ({ clipAligner: { images } }: Profile, { vision }: Frozen): string => sha256(imageMakings(vision, images));

/** What ThinkDiff-CLIP's training material is: what the aligner in the run folder was trained on, else the vision tower's tokens of the profile's pictures. */
const clipMaterial = (request: ComposeRequest, profile: Profile, frozen: Frozen, retrain: boolean): TrainingMaterial =>
  carriedMakings(request, profile, retrain)?.made ?? { features: tokensIdentity(profile, frozen), samples: profile.clipAligner.samples };

/** Refuses pictures that the user named where the aligner in the run folder was trained on others; told only where the vision tower is there, whose part they are in an aligner's identity. */
function requireSamePictures(request: ComposeRequest, profile: Profile, frozen: Frozen, retrain: boolean): void {
  const carried = carriedMakings(request, profile, retrain);
  if (carried && carried.made.features !== tokensIdentity(profile, frozen)) throw new UserError(`${carried.folder}: this aligner was trained on other pictures than those that --pictures names; name those, or start another run with --out`, 2);
}

/** The identity of a run, as far as a sitting sees it: of the models in `needed`. */
export function composeIdentity(profile: Profile, request: ComposeRequest, frozen: Frozen, cases: CaseSource, { needed, trains, retrain }: { readonly needed: ReadonlySet<ModelRole>; readonly trains: boolean; readonly retrain: boolean }): { readonly identity: Identity; readonly seen: Seen } {
  if (profile.picturesNamed && needed.has("vision")) requireSamePictures(request, profile, frozen, retrain);
  const roles = [...needed], t5 = needed.has("t5") ? frozen.t5 : undefined;
  const identity: Identity = {
    kind: "compose", ...modelsIdentity(profile, request, roles),
    datasets: { [cases.label]: cases.identity }, prompts: { "caption prompt": sha256(captionPrompt) },
    settings: {
      ...(trains && t5 ? { aligner: alignerName(profile.clipAligner, clipMaterial(request, profile, frozen, retrain), t5, retrain) } : {}), ...drawingSettings(profile, request, t5, needed.has("flux")), noises, casesAtOnce, similarity: profile.compose.similarity,
      composeTextTokens: profile.clipAligner.textTokens ?? "as other texts",
    },
  };
  return { identity, seen: seenOf(profile, roles) };
}
