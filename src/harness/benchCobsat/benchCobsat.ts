/** The benchmark from end to end: ThinkDiff-LVLM and the arms around it on CoBSAT. */
import { join } from "node:path";
import { requireDataset } from "../../cobsat/datasetCheck.ts";
import { imageServer, imageServerFrom, imageServerIdentity } from "../../cobsat/imageServer.ts";
import { sha256 } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import { deviceFor, executorFor } from "../executor.ts";
import type { Profile } from "../profile.ts";
import { notice } from "../progress.ts";
import { renderCobsat } from "../report/render.ts";
import type { Identity } from "../runs/identity.ts";
import { openRun } from "../runs/run.ts";
import { readSamples } from "../runs/samples.ts";
import type { Summary } from "../summary/types.ts";
import { experimentAligner, type AlignerSource } from "./aligners.ts";
import { baseline, drawnArms, type DrawnArm } from "./arms.ts";
import { promptBlocks } from "./blocks.ts";
import { stageClock } from "./clock.ts";
import { diagnose } from "./diagnosing.ts";
import { callsFor, confirmCosts } from "./costs.ts";
import { readDrawn } from "./drawn.ts";
import { featureStage } from "./features.ts";
import { checkModels, lazyFrozen } from "./frozen.ts";
import { generateAndJudge } from "./generate.ts";
import { identityOf } from "./identity.ts";
import { keepBenchmarkImages } from "./judging.ts";
import { neededModels, type ArmExperiment } from "./needs.ts";
import { reaches, requestOf, type BenchCobsatOptions, type Request } from "./options.ts";
import { goOn, openSamples, sitting, type Session } from "./session.ts";
import { baselineTrainings, trainedArm, trainingsOf } from "./trainings.ts";

export interface BenchCobsatResult {
  /** 0 done, 3 finished with invalid samples, 130 interrupted. */
  readonly exitCode: 0 | 3 | 130;
  readonly folder: string;
  readonly summary: Summary;
}

function requireImageServer(): NonNullable<ReturnType<typeof imageServerFrom>> {
  const settings = imageServerFrom(process.env);
  if (settings === undefined) throw new UserError(`the arm "http" draws with a server: set THINKDIFF_IMAGES_URL (up to /v1 of an OpenAI-compatible images API, or of one like that of FLUX's makers with THINKDIFF_IMAGES_API=flux), THINKDIFF_IMAGES_MODEL and, where it wants one, THINKDIFF_IMAGES_KEY`, 2);
  return settings;
}

/** Makes a data set ready where its profile can, and checks it; a UserError names what is missing or broken, and what lies there beside it is told. */
export async function readyDataset({ dataset }: Profile): Promise<void> {
  await dataset.prepare?.();
  try {
    const { unexpected } = await requireDataset(dataset.folder);
    if (unexpected.length > 0) notice(`${dataset.folder}: ${unexpected.length} files are none of CoBSAT's and not used`, unexpected);
  } catch (error) {
    if (!dataset.prepare || !(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}\nThis data set is drawn by the project: remove ${dataset.folder}, and the next run draws it again.`, 1, { cause: error });
  }
}

/** What a command makes of the benchmark: what is scored, which arms draw, and where their aligners come from. */
export interface Scoring {
  readonly kind: Identity["kind"];
  readonly command: string;
  readonly request: Request;
  readonly arms: readonly DrawnArm[];
  /** The aligners that arms with unfinished samples need, by the keys of the arms' conditions. */
  trainings(open: ReadonlySet<string>): readonly ArmExperiment[];
  /** Called before any work. */
  begin?(session: Session): Promise<void>;
}

/** Trains or finds the aligners that the unfinished samples need. */
async function align(session: Session): Promise<ReadonlyMap<string, AlignerSource>> {
  const { executor, profile, run, trainings, retrain, signal } = session, trained = new Map<string, AlignerSource>();
  for (const { key, experiment } of trainings) {
    goOn(session);
    trained.set(key, await experimentAligner(executor, profile, run, experiment, { retrain, signal }));
  }
  return trained;
}

async function work(session: Session, { begin }: Scoring): Promise<void> {
  const { request, clock } = session;
  await begin?.(session);
  await keepBenchmarkImages(session);
  await featureStage(session);
  if (!reaches(request, "train")) return;
  const trained = await clock.time("train", async () => {
    const aligners = await align(session);
    await diagnose(session, aligners.values());
    return aligners;
  });
  clock.flush();
  if (reaches(request, "generate")) await generateAndJudge(session, trained);
}

/**
 * Scores arms, goes on where the run folder was left, and writes its summary and report.
 * A UserError says in one line what cannot be used (exit code 2) or what failed (1); every finished sample is kept.
 */
export async function scoreArms(options: BenchCobsatOptions, scoring: Scoring): Promise<BenchCobsatResult> {
  const { arms, kind, command } = scoring, { profile, signal, retrain = false } = options, request = { ...scoring.request, device: await deviceFor({ ...scoring.request, threads: options.threads }) };
  const executor = await executorFor({ engine: request.engine, device: request.device, threads: options.threads });
  const blocks = promptBlocks(request.plan, profile.batch.texts, request.shard), frozen = lazyFrozen(profile);
  const needed = neededModels({ profile, request, arms, blocks, retrain, trainings: scoring.trainings }), finished = readSamples(request.out);
  const unfinished = blocks.flatMap((block) => openSamples({ run: { samples: finished } }, block, () => true)), trainings = scoring.trainings(new Set(unfinished.map(({ arm }) => arm)));
  checkModels(profile, frozen, needed);
  const settings = arms.some(({ name, by }) => by === "server" && request.arms.includes(name)) ? requireImageServer() : undefined;
  await confirmCosts(callsFor(unfinished, arms, profile.judges, readDrawn(request.out), { draws: reaches(request, "generate"), judges: reaches(request, "judge") }), options.prices ?? {}, options);
  await readyDataset(profile);
  const { identity, seen } = identityOf(profile, request, frozen, { needed, trains: trainings.length > 0, retrain, ...(settings ? { images: imageServerIdentity(settings) } : {}) });
  const run = openRun(request.out, { ...identity, kind }, {
    arguments: { command, ...options.arguments }, plan: request.plan, seen,
    ...(request.shard ? { shard: request.shard } : {}), continueWithOtherCode: options.continueWithOtherCode ?? false,
  });
  const server = settings && imageServer({ ...settings, folder: join(profile.cache, "images-api", sha256(imageServerIdentity(settings)).slice(0, 16)) });
  const interrupted = await sitting(run, signal, () => work({ run, request, profile, executor, frozen, signal, arms, trainings, retrain, server, clock: stageClock(run), blocks }, scoring));
  const summary = await renderCobsat(run.folder);
  const invalid = summary.cells.some((cell) => cell.invalid > 0 && !summary.training.some(({ arm, diverged }) => diverged && arm === cell.arm && arm !== baseline));
  return { exitCode: interrupted ? 130 : invalid ? 3 : 0, folder: run.folder, summary };
}

/** Scores ThinkDiff-LVLM, of so many training seeds, and the arms around it; results and errors are those of scoreArms. */
export async function benchCobsat(options: BenchCobsatOptions): Promise<BenchCobsatResult> {
  const request = requestOf(options), trainings = baselineTrainings(options.profile, options.seeds), further = trainings.slice(1).map(trainedArm);
  return scoreArms(options, {
    kind: "cobsat", command: "bench:cobsat", request, arms: drawnArms.flatMap((arm) => (arm.name === baseline ? [arm, ...further] : [arm])),
    trainings: (open) => trainingsOf(open, trainings),
  });
}
