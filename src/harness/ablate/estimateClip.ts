/** How long an ablation run of ThinkDiff-CLIP will take, by the measures of the LVLM variant's. */
import type { Experiment } from "../../ablations/experiment.ts";
import { sha256 } from "../../files/sha256.ts";
import { imageMakings } from "../aligner/imageMaterial.ts";
import { makingsFrom } from "../aligner/makings.ts";
import { alignerIdentity } from "../aligner/record.ts";
import { openIn, type ComposeSession } from "../benchCompose/session.ts";
import { imageTokensMissing } from "../features/imageTokens.ts";
import { clipTrainingCost, visionCost } from "../plan/sheets.ts";
import { perDrawing, pictureFlops, secondsOf, type Part } from "./estimate.ts";
import { openTrainings } from "./openTrainings.ts";

/** Seconds in which the judges and CLIP see a picture, in micro on two cores. */
const perJudgement = 0.016;

/** The parts of what is left of a run, at a rate of operations a second. */
export function clipParts(session: ComposeSession, experiments: readonly Experiment[], retrain: boolean): (rate: number) => Part[] {
  const { profile, request, blocks, run, models: { t5, vision } } = session, { clipAligner: { images, samples, shipped }, cache } = profile, made = imageMakings(vision, images), material = sha256(made);
  const trainings = openTrainings(experiments, { run: run.folder, cache, shipped }, retrain, (experiment) => alignerIdentity(makingsFrom({ experiment, samples }, material, t5))), open = blocks.flatMap((block) => openIn(session, block));
  const unread = trainings.length === 0 ? 0 : imageTokensMissing({ cache, made }, samples), drawn = open.filter(({ arm }) => arm.condition.kind !== "picture").length;
  return (rate) => [
    ...(unread > 0 ? [["training pictures", unread * perDrawing + secondsOf(unread * visionCost(profile, 1).flops, "reading", rate)] as const] : []),
    [`${trainings.length} trainings`, secondsOf(trainings.reduce((sum, training) => sum + training.steps * clipTrainingCost(profile, training.experiment).flops, 0), "training", rate)],
    [`${drawn} pictures`, drawn === 0 ? 0 : secondsOf(drawn * request.steps * pictureFlops(profile), "drawing", rate)], ["judging", open.length * perJudgement],
  ];
}
