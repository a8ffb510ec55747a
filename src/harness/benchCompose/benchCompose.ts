/** `npm run bench:compose`: ThinkDiff-CLIP and the arms around it on images and texts whose attributes are known. */
import { encodePng } from "../../images/image.ts";
import { openClip } from "../baseModels.ts";
import { experimentAligner, type AlignerSource } from "../benchCobsat/aligners.ts";
import { stageClock } from "../benchCobsat/clock.ts";
import { confirmCosts, questionsEach } from "../benchCobsat/costs.ts";
import { checkModels, lazyFrozen } from "../benchCobsat/frozen.ts";
import type { ArmExperiment } from "../benchCobsat/needs.ts";
import { reaches } from "../benchCobsat/options.ts";
import { goOn, sitting } from "../benchCobsat/session.ts";
import { deviceFor, executorFor } from "../executor.ts";
import type { Profile } from "../profile.ts";
import { openRunOf } from "../runs/run.ts";
import { readLines } from "../runs/samples.ts";
import { composeMethod } from "./arms.ts";
import { captionStage } from "./captions.ts";
import { inputKey, type CaseSource } from "./cases.ts";
import { generateAndJudge } from "./generate.ts";
import { composeIdentity } from "./identity.ts";
import { themesAsked } from "./judging.ts";
import { composeSchema } from "./lines.ts";
import { composeNeeds, trainingsFor } from "./needs.ts";
import { casesOf, composeProfile, composeRequest, type BenchComposeOptions, type ComposeRequest } from "./options.ts";
import { renderCompose } from "./report/render.ts";
import { caseBlocks, openIn, type CaseBlock, type ComposeSession, type Finished } from "./session.ts";
import type { ComposeSummary } from "./summary.ts";
import type { TaskName } from "./tasks.ts";

export interface BenchComposeResult {
  /** 0 done, 3 finished with invalid samples, 130 interrupted. */
  readonly exitCode: 0 | 3 | 130;
  readonly folder: string;
  readonly summary: ComposeSummary;
}

/** Keeps the input images of the cases that are asked for, for the report. */
async function keepInputs({ run, blocks, cases }: ComposeSession): Promise<void> {
  const pngs = new Map<string, Uint8Array>(), kept = run.record.benchmarkImages, open = new Set(blocks.flatMap((block) => openIn({ run }, block).map(({ index }) => JSON.stringify([block.task, index]))));
  for (const [task, index] of [...open].map((key) => JSON.parse(key) as [TaskName, number])) {
    if (kept[inputKey(task, index, 0)] !== undefined) continue;
    for (const [i, { data, width, height }] of (await cases.at(task, index).images()).entries()) pngs.set(inputKey(task, index, i), await encodePng(data, width, height));
  }
  if (pngs.size > 0) run.recordBenchmarkImages(pngs);
}

/** The most questions that judging servers are asked about samples without a line. */
const questionsFor = ({ judges }: Profile, cases: CaseSource, blocks: readonly CaseBlock[], run: Finished): number =>
  questionsEach(judges) * blocks.flatMap((block) => openIn({ run }, block).map(({ index }) => themesAsked(cases.at(block.task, index).expected))).reduce((sum, themes) => sum + themes, 0);

/** What a command makes of the cases: what is scored, and by which training each aligner that an arm names is made. */
export interface ComposeScoring {
  readonly command: string;
  readonly cases: CaseSource;
  readonly request: ComposeRequest;
  /** By the keys of the arms' aligners. */
  readonly trainings: readonly ArmExperiment[];
  /** Called once before any work. */
  readonly begin?: (session: ComposeSession) => Promise<void>;
}

/** Trains or finds the aligners that unfinished samples need, by the names that arms have for them. */
async function align({ executor, profile, run, trainings, retrain, signal }: ComposeSession): Promise<Map<string, AlignerSource>> {
  const trained = new Map<string, AlignerSource>();
  for (const { key, experiment } of trainings) {
    goOn({ signal });
    trained.set(key, await experimentAligner(executor, profile, run, experiment, { retrain, signal, like: profile.clipAligner }));
  }
  return trained;
}

async function work(session: ComposeSession): Promise<void> {
  const { request, clock } = session;
  await keepInputs(session);
  await captionStage(session);
  if (!reaches(request, "train")) return;
  const trained = await clock.time("train", () => align(session));
  clock.flush();
  if (reaches(request, "generate")) await generateAndJudge(session, trained);
}

/**
 * Scores arms, goes on where the run folder was left, and writes its summary and report.
 * A UserError says in one line what cannot be used (exit code 2) or what failed (1); every finished sample is kept.
 */
export async function scoreCompositions(options: BenchComposeOptions, { command, cases, request: asked, trainings: all, begin }: ComposeScoring): Promise<BenchComposeResult> {
  const { signal, retrain = false, threads, continueWithOtherCode = false } = options, profile = composeProfile(options.profile, cases), request = { ...asked, device: await deviceFor({ ...asked, threads }) };
  const executor = await executorFor({ engine: request.engine, device: request.device, threads }), blocks = caseBlocks(request.plan, cases, request.shard), frozen = lazyFrozen(profile), finished = { samples: readLines(request.out, composeSchema) };
  const trainings = trainingsFor({ blocks, run: finished }, all), needed = composeNeeds({ profile, request, blocks, run: finished, trainings, retrain }), { similarity } = profile.compose;
  checkModels(profile, frozen, needed);
  if (reaches(request, "judge") && needed.has(similarity)) openClip(profile.models[similarity]);
  await confirmCosts({ images: 0, questions: reaches(request, "judge") ? questionsFor(profile, cases, blocks, finished) : 0 }, options.prices ?? {}, options);
  const { identity, seen } = composeIdentity(profile, request, frozen, cases, { needed, trains: trainings.length > 0, retrain });
  const run = openRunOf(composeSchema, request.out, identity, {
    arguments: { command, ...options.arguments }, plan: request.plan, seen, ...(request.shard ? { shard: request.shard } : {}), continueWithOtherCode,
  });
  const session: ComposeSession = { run, request, cases, profile, executor, frozen, trainings, retrain, signal, clock: stageClock(run), blocks };
  const interrupted = await sitting(run, signal, async () => {
    await begin?.(session);
    await work(session);
  }), summary = await renderCompose(run.folder);
  const invalid = [...summary.cells, ...summary.measured ?? []].some((cell) => cell.invalid > 0 && !summary.training.some(({ arm, diverged }) => diverged && arm === cell.arm && arm !== composeMethod));
  return { exitCode: interrupted ? 130 : invalid ? 3 : 0, folder: run.folder, summary };
}

/** Scores ThinkDiff-CLIP and the arms around it; results and errors are those of scoreCompositions. */
export async function benchCompose(options: BenchComposeOptions): Promise<BenchComposeResult> {
  const cases = casesOf(options.profile);
  return scoreCompositions(options, { command: "bench:compose", cases, request: composeRequest(options, cases), trainings: [{ key: composeMethod, experiment: options.profile.clipAligner.experiment }] });
}
