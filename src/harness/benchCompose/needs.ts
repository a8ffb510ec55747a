/** Which models a sitting of bench:compose needs, as benchCobsat/needs.ts says it of the other benchmark. */
import { alignerInRun, type ArmExperiment } from "../benchCobsat/needs.ts";
import { readDrawn } from "../benchCobsat/drawn.ts";
import { reaches } from "../benchCobsat/options.ts";
import { judgeRoles, type ModelRole, type Profile } from "../profile.ts";
import { untrainedClip } from "./arms.ts";
import { captioned } from "./captions.ts";
import type { ComposeRequest } from "./options.ts";
import { openIn, undrawnOf, type CaseBlock, type Finished, type OpenSample } from "./session.ts";

/** What decides which models are needed. */
export interface ComposeAsked {
  readonly profile: Profile;
  readonly request: ComposeRequest;
  readonly blocks: readonly CaseBlock[];
  readonly run: Finished;
  /** The aligners that arms with unfinished samples need. */
  readonly trainings: readonly ArmExperiment[];
  readonly retrain: boolean;
}

const aligners = (samples: readonly OpenSample[]): ReadonlySet<string> => new Set(samples.flatMap(({ arm: { condition } }) => (condition.kind === "aligned" ? [condition.aligner] : [])));

/** Those of some trainings whose aligners unfinished samples draw from. */
export function trainingsFor({ blocks, run }: Pick<ComposeAsked, "blocks" | "run">, trainings: readonly ArmExperiment[]): ArmExperiment[] {
  const named = aligners(blocks.flatMap((block) => openIn({ run }, block)));
  return trainings.filter(({ key }) => named.has(key));
}

/** The roles of the models that the work still to be done needs. */
export function composeNeeds({ profile, request, blocks, run, trainings, retrain }: ComposeAsked): Set<ModelRole> {
  const folder = request.out, needed = new Set<ModelRole>(), need = (...roles: readonly ModelRole[]): void => { for (const role of roles) needed.add(role); };
  const open = blocks.flatMap((block) => openIn({ run }, block));
  if (captioned(folder, blocks, run).missing.length > 0) need("lvlm");
  if (reaches(request, "train") && trainings.some(({ experiment }) => alignerInRun(folder, experiment, retrain) === undefined)) need("vision", "t5");
  if (reaches(request, "generate")) {
    const undrawn = undrawnOf(open, readDrawn(folder)), named = aligners(undrawn);
    if (undrawn.length > 0) need("t5-text", "flux", "vae", "clip");
    if (named.size > 0) need("vision");
    if (named.has(untrainedClip)) need("t5");
  }
  if (reaches(request, "judge") && open.length > 0) need(profile.compose.similarity, ...judgeRoles(profile));
  return needed;
}
