/** `npm run ablate -- <names>`: the baseline and its ablations, trained on the same data, seeds and steps and scored on the same samples. */
import { ablations as known, ablationsNamed } from "../../ablations/index.ts";
import { inSteps } from "../../ablations/inSteps.ts";
import { UserError } from "../../files/userError.ts";
import { untrained } from "../benchCobsat/arms.ts";
import { scoreArms, type BenchCobsatResult } from "../benchCobsat/benchCobsat.ts";
import { requestOf, type BenchCobsatOptions } from "../benchCobsat/options.ts";
import { openSamples, goOn, type Session } from "../benchCobsat/session.ts";
import type { ArmTraining } from "../benchCobsat/trainings.ts";
import { copiesOfProfile } from "../copies.ts";
import { hasWritten } from "../benchCobsat/written.ts";
import type { ModelCopy } from "../../micro/pretraining/copies.ts";
import type { Profile } from "../profile.ts";
import { announce } from "./announce.ts";
import { estimate, partsOf, trainingsLeft, type Workload } from "./estimate.ts";
import { ablationFolder, armsOf, armTrainings, planOf } from "./variants.ts";

export interface AblateOptions extends Omit<BenchCobsatOptions, "arms"> {
  /** Ablations or groups of them. */
  readonly names: readonly string[];
  /** Training steps of every arm, the baseline included; the profile's by default. */
  readonly trainingSteps?: number | undefined;
  /** Gets a line that says beforehand how long the run will take. */
  readonly tell?: (line: string) => void;
}

/** A profile whose baseline trains for as many steps as its ablations, at the rates chosen for that length. */
const withSteps = ({ aligner, ...profile }: Profile, steps = aligner.ablationSteps): Profile => ({ ...profile, aligner: { ...aligner, experiment: inSteps(aligner.experiment, steps, aligner.chosenRates) } });

/** The trainings that arms need: what only another FLUX draws has the baseline's. */
const ownTrainings = (trainings: readonly ArmTraining[]): ArmTraining[] => trainings.filter(({ experiment }) => experiment.fluxNoise === undefined);

/** The copies of base models that arms need. */
function copiesFor(profile: Profile, trainings: readonly ArmTraining[]): ModelCopy[] {
  const noises = new Set(trainings.flatMap(({ experiment: { fluxNoise } }) => (fluxNoise === undefined ? [] : [fluxNoise])));
  return [...(trainings.some(({ experiment }) => experiment.teacher === "fine-tuned") ? [copiesOfProfile(profile).t5()] : []), ...[...noises].map((noise) => copiesOfProfile(profile).flux(noise))];
}

/** What is left to do. */
function workOf({ profile, frozen, request, run, blocks }: Session, trainings: readonly ArmTraining[], retrain: boolean): Workload {
  const experiments = ownTrainings(trainings).map(({ experiment }) => experiment), open = blocks.map((block) => ({ block, samples: openSamples({ run }, block, () => true) })).filter(({ samples }) => samples.length > 0);
  return {
    trainings: trainingsLeft(profile, frozen, run.folder, experiments, retrain), pictures: open.reduce((sum, { samples }) => sum + samples.length, 0), samplerSteps: request.steps,
    copies: copiesFor(profile, trainings).filter((copy) => !copy.made()), answers: open.reduce((sum, { block }) => sum + (hasWritten(run.folder, block) ? 0 : block.prompts.length), 0),
  };
}

/**
 * Trains and scores the baseline, the named ablations and the controls, at 2 shots unless others are asked for, and writes the run's summary and report.
 * A baseline or an ablation trained before is used again only if its identity is the same. A UserError of exit code 2 lists the known names where one is not.
 */
export async function ablate({ names, seeds = 1, trainingSteps, tell, ...given }: AblateOptions): Promise<BenchCobsatResult> {
  const profile = withSteps(given.profile, trainingSteps), options = { ...given, profile }, { retrain = false } = options;
  if (names.length === 0) throw new UserError("ablate: name an ablation or a group of them", 2);
  const asked = new Set(names.flatMap((name) => ablationsNamed(name))), trainings = armTrainings(profile.aligner.experiment, known.filter((ablation) => asked.has(ablation)), seeds), arms = armsOf(trainings, (noise) => copiesOfProfile(profile).flux(noise));
  const request = requestOf({ ...options, shots: options.shots ?? [2], arms: [untrained], out: options.out ?? ablationFolder(names, trainingSteps, profile.name) });
  return scoreArms(options, {
    kind: "ablation", command: "ablate", arms, request: { ...request, arms: [...new Set(arms.map(({ name }) => name))], plan: planOf(arms, request.plan) },
    trainings: () => ownTrainings(trainings),
    // An estimate needs every model; a stage by itself may be without some.
    begin: async (session) => {
      if (!tell || given.stage !== undefined) return;
      const { executor, profile: own, frozen } = session, work = workOf(session, trainings, retrain);
      goOn(session);
      await announce(executor, request.device, (rate) => partsOf(work, estimate(own, frozen, work, rate)), tell);
    },
  });
}
