/** How long an ablation run of ThinkDiff-CLIP will take, by the measures of the LVLM variant's. */
import { sha256 } from "../../files/sha256.ts";
import { imageMakings } from "../aligner/imageMaterial.ts";
import { makingsFrom } from "../aligner/makings.ts";
import { alignerIdentity } from "../aligner/record.ts";
import { readDrawn } from "../benchCobsat/drawn.ts";
import { openIn, undrawnOf, type ComposeSession } from "../benchCompose/session.ts";
import { imageTokensMissing } from "../features/imageTokens.ts";
import { once } from "../once.ts";
import { clipTrainingCost, visionCost } from "../plan/sheets.ts";
import { perDrawing, pictureFlops, secondsOf, type Part } from "./estimate.ts";
import { openTrainings } from "./openTrainings.ts";

/** Seconds in which the judges and CLIP see a picture, in micro on two cores. */
const perJudgement = 0.016;

/** The parts of what is left of a run, at a rate of operations a second. */
export function clipParts(session: ComposeSession): (rate: number) => Part[] {
  const { profile, request, blocks, run, frozen, retrain } = session, { clipAligner: { images, samples, shipped }, cache } = profile, made = once(() => imageMakings(frozen.vision, images));
  const trainings = openTrainings(session.trainings.map(({ experiment }) => experiment), { run: run.folder, cache, shipped }, retrain, (experiment) => alignerIdentity(makingsFrom({ experiment, samples }, sha256(made()), frozen.t5)));
  const open = blocks.flatMap((block) => openIn(session, block)), unread = trainings.length === 0 ? 0 : imageTokensMissing({ cache, made: made() }, samples), drawn = undrawnOf(open, readDrawn(run.folder)).length;
  return (rate) => [
    ...(unread > 0 ? [["training pictures", unread * perDrawing + secondsOf(unread * visionCost(profile, 1).flops, "reading", rate)] as const] : []),
    [`${trainings.length} trainings`, secondsOf(trainings.reduce((sum, training) => sum + training.steps * clipTrainingCost(profile, training.experiment).flops, 0), "training", rate)],
    [`${drawn} pictures`, drawn === 0 ? 0 : secondsOf(drawn * request.steps * pictureFlops(profile), "drawing", rate)], ["judging", open.length * perJudgement],
  ];
}
