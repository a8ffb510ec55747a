/** Which models a sitting needs: those of the unfinished work up to its last stage. The others need not be there, and are not hashed. */
import type { Experiment } from "../../ablations/experiment.ts";
import { carriedAligner, carriedTraining } from "../aligner/carried.ts";
import { featureKind } from "../features/makers.ts";
import { judgeRoles, type ModelRole, type Profile } from "../profile.ts";
import { readRecord } from "../runs/record.ts";
import { readSamples } from "../runs/samples.ts";
import { isCheap, readsLvlm, untrained, type DrawnArm } from "./arms.ts";
import type { PromptBlock } from "./blocks.ts";
import { readDrawn } from "./drawn.ts";
import { reaches, type Request } from "./options.ts";
import { openSamples } from "./session.ts";
import { hasWritten } from "./written.ts";

/** An aligner's training, by the key that arms' conditions name. */
export interface ArmExperiment { readonly key: string; readonly experiment: Experiment }

/** What decides which models are needed. */
export interface Asked {
  readonly profile: Profile;
  readonly request: Request;
  readonly arms: readonly DrawnArm[];
  readonly blocks: readonly PromptBlock[];
  readonly retrain: boolean;
  /** The aligners that arms with unfinished samples need. */
  trainings(open: ReadonlySet<string>): readonly ArmExperiment[];
}

/** The aligner that a run folder carries; none where it is to be trained anew and has not been in this run. */
export function alignerInRun(folder: string, experiment: Experiment, retrain: boolean): string | undefined {
  const known = readRecord(folder)?.trainings.some(({ arm, seed }) => arm === experiment.name && seed === experiment.seed);
  return known || !retrain ? carriedAligner(folder, experiment) : undefined;
}

/** The roles of the models that the work still to be done needs. */
export function neededModels({ profile, request, arms, blocks, retrain, trainings }: Asked): Set<ModelRole> {
  const folder = request.out, run = { samples: readSamples(folder) }, needed = new Set<ModelRole>(), need = (...roles: readonly ModelRole[]): void => { for (const role of roles) needed.add(role); };
  const open = blocks.flatMap((block) => openSamples({ run }, block, () => true)), names = new Set(open.map(({ arm }) => arm)), waiting = readDrawn(folder), all = trainings(names);
  if (blocks.some((block) => !hasWritten(folder, block) && openSamples({ run }, block, readsLvlm).length > 0)) need("lvlm");
  if (all.some(({ experiment }) => alignerInRun(folder, experiment, retrain) === undefined)) {
    if (carriedTraining(folder) === undefined) need("lvlm");
    if (reaches(request, "train")) need("t5");
    if (reaches(request, "train") && all.some(({ experiment }) => experiment.objective === "diffusion" && alignerInRun(folder, experiment, retrain) === undefined)) need("flux", "vae", "clip");
  }
  if (reaches(request, "generate")) {
    const undrawn = new Set(open.filter(({ id, arm }) => !isCheap(arm) && !waiting.has(id)).map(({ arm }) => arm)), drawing = arms.filter(({ name, by }) => undrawn.has(name) && by === undefined), conditions = drawing.map(({ condition }) => condition);
    if (conditions.length > 0) need("vae", "clip");
    // A copy of FLUX that is there needs no FLUX beside it; one to be made is trained on from it, on T5's states.
    if (drawing.some(({ flux }) => flux?.made() !== true)) need("flux");
    if (drawing.some(({ flux }) => flux?.made() === false)) need("t5");
    if (conditions.some(({ kind }) => kind !== "aligned") || (conditions.length > 0 && profile.sampler.guidance.kind === "classifier-free")) need("t5-text");
    if (names.has("decoder-text") || conditions.some((condition) => condition.kind === "aligned" && condition.aligner === untrained)) need("t5");
    const reading = new Set(all.filter(({ experiment }) => featureKind(experiment) !== "generated").map(({ key }) => key));
    if (conditions.some((condition) => condition.kind === "aligned" && reading.has(condition.aligner))) need("lvlm");
  }
  const judged = [...names].some((arm) => arm !== "lvlm-text" && arm !== "decoder-text");
  if (judged && reaches(request, "judge")) need(...judgeRoles(profile));
  return needed;
}
