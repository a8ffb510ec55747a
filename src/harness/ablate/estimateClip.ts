/** How long an ablation run of ThinkDiff-CLIP will take, by the measures of the LVLM variant's. */
import type { Experiment } from "../../ablations/experiment.ts";
import { sha256 } from "../../files/sha256.ts";
import { imageMakings } from "../aligner/imageMaterial.ts";
import { makingsFrom } from "../aligner/makings.ts";
import { alignerIdentity } from "../aligner/record.ts";
import { alignerInRun } from "../benchCobsat/needs.ts";
import { openIn, type ComposeSession } from "../benchCompose/session.ts";
import { imageTokensMissing } from "../features/imageTokens.ts";
import { clipTrainingCost, visionCost } from "../plan/sheets.ts";
import { openSteps, perDrawing, pictureFlops, secondsOf, type OpenTraining, type Part } from "./estimate.ts";

/** Seconds in which the judges and CLIP see a picture, in micro on two cores. */
const perJudgement = 0.016;

function openTrainings({ profile, models: { t5, vision }, run }: ComposeSession, experiments: readonly Experiment[], retrain: boolean): OpenTraining[] {
  const { clipAligner: { images, samples, shipped } } = profile, material = sha256(imageMakings(vision, images));
  return experiments.flatMap((experiment): OpenTraining[] => {
    if (alignerInRun(run.folder, experiment, retrain) !== undefined) return [];
    const steps = retrain ? experiment.steps : openSteps(experiment, profile, shipped, alignerIdentity(makingsFrom({ experiment, samples }, material, t5)));
    return steps === 0 ? [] : [{ experiment, steps }];
  });
}

/** The parts of what is left of a run, at a rate of operations a second. */
export function clipParts(session: ComposeSession, experiments: readonly Experiment[], retrain: boolean): (rate: number) => Part[] {
  const { profile, request, blocks, models: { vision } } = session, { clipAligner: { images, samples }, cache } = profile, trainings = openTrainings(session, experiments, retrain), open = blocks.flatMap((block) => openIn(session, block));
  const unread = trainings.length === 0 ? 0 : imageTokensMissing({ cache, made: imageMakings(vision, images) }, samples), drawn = open.filter(({ arm }) => arm.condition.kind !== "picture").length;
  return (rate) => [
    ...(unread > 0 ? [["training pictures", unread * perDrawing + secondsOf(unread * visionCost(profile, 1).flops, "reading", rate)] as const] : []),
    [`${trainings.length} trainings`, secondsOf(trainings.reduce((sum, training) => sum + training.steps * clipTrainingCost(profile, training.experiment).flops, 0), "training", rate)],
    [`${drawn} pictures`, drawn === 0 ? 0 : secondsOf(drawn * request.steps * pictureFlops(profile), "drawing", rate)], ["judging", open.length * perJudgement],
  ];
}
