/** `npm run ablate -- <names> --variant clip`: ThinkDiff-CLIP and ablations of its aligner, trained alike and scored on the same compositions. */
import { ablationsNamed } from "../../ablations/index.ts";
import { inSteps } from "../../ablations/inSteps.ts";
import { clipAblations } from "../../ablations/thinkdiff-clip.ts";
import { UserError } from "../../files/userError.ts";
import { seededPlan } from "../benchCobsat/trainings.ts";
import { composeMethod, untrainedClip } from "../benchCompose/arms.ts";
import { scoreCompositions, type BenchComposeResult } from "../benchCompose/benchCompose.ts";
import { casesOf, composeRequest, type BenchComposeOptions } from "../benchCompose/options.ts";
import { announce } from "./announce.ts";
import { clipParts } from "./estimateClip.ts";
import { ablationFolder, armTrainings } from "./variants.ts";

export interface AblateClipOptions extends Omit<BenchComposeOptions, "arms"> {
  /** Ablations or groups of them. */
  readonly names: readonly string[];
  /** Training seeds of every arm; 1 by default. */
  readonly seeds?: number;
  /** Training steps of every arm; the profile's for ablations by default. */
  readonly trainingSteps?: number | undefined;
  /** Gets a line that says beforehand how long the run will take. */
  readonly tell?: (line: string) => void;
}

/** The ablations of names and groups, in order; a UserError of exit code 2 lists those that ThinkDiff-CLIP has. */
function named(names: readonly string[]): typeof clipAblations {
  if (names.length === 0) throw new UserError("ablate: name an ablation or a group of them", 2);
  const asked = new Set(names.flatMap(ablationsNamed).map(({ name }) => name)), other = [...asked].find((name) => !clipAblations.some((ablation) => ablation.name === name));
  if (other !== undefined) throw new UserError(`ablation "${other}" needs the LVLM's tokens; ThinkDiff-CLIP has ${clipAblations.map(({ name }) => name).join(", ")} and the group rmsnorm`, 2);
  return clipAblations.filter(({ name }) => asked.has(name));
}

/** Trains and scores ThinkDiff-CLIP, the named ablations and the controls, every arm for as many steps as an ablation's; results and errors are those of scoreCompositions. */
export async function ablateClip({ names, seeds = 1, trainingSteps, tell, ...given }: AblateClipOptions): Promise<BenchComposeResult> {
  const ablations = named(names), { clipAligner, aligner } = given.profile, own = inSteps(clipAligner.experiment, trainingSteps ?? aligner.ablationSteps, clipAligner.chosenRates);
  const profile = { ...given.profile, clipAligner: { ...clipAligner, experiment: own } }, trainings = armTrainings(own, ablations, seeds);
  const cases = casesOf(profile), options = { ...given, profile, out: given.out ?? ablationFolder(names, trainingSteps, `clip-${profile.name}`) };
  const asked = composeRequest(options, cases, [composeMethod, ...ablations.map(({ name }) => name), untrainedClip, "shuffled-features"]);
  return scoreCompositions(options, {
    command: "ablate", cases, trainings, request: { ...asked, plan: seededPlan(asked.plan, trainings) },
    begin: async (session) => { if (tell && asked.last === "judge") await announce(session.executor, session.request.device, clipParts(session), tell); },
  });
}
