/** The benchmark from end to end: ThinkDiff-LVLM and the arms around it on CoBSAT. */
import { requireDataset } from "../../cobsat/datasetCheck.ts";
import { UserError } from "../../files/userError.ts";
import { openAutoencoder, openCheckedLvlm, openCheckedT5, openClip, openClipText, openFlux, openLlava, openTextT5 } from "../baseModels.ts";
import { executorFor } from "../executor.ts";
import type { Profile } from "../profile.ts";
import { renderReport } from "../report/render.ts";
import type { Identity } from "../runs/identity.ts";
import { openRun } from "../runs/run.ts";
import type { Summary } from "../summary/types.ts";
import { experimentAligner, type AlignerSource, type Frozen } from "./aligners.ts";
import { alignersOf, baseline, drawnArms, type DrawnArm } from "./arms.ts";
import { promptBlocks } from "./blocks.ts";
import { stageClock } from "./clock.ts";
import { featureStage } from "./features.ts";
import { generateAndJudge } from "./generate.ts";
import { identityOf } from "./identity.ts";
import { keepBenchmarkImages } from "./judging.ts";
import { requestOf, stages, type BenchCobsatOptions, type Request, type StageName } from "./options.ts";
import { Interrupted, openSamples, type Session } from "./session.ts";

export interface BenchCobsatResult {
  /** 0 done, 3 finished with invalid samples, 130 interrupted. */
  readonly exitCode: 0 | 3 | 130;
  readonly folder: string;
  readonly summary: Summary;
}

/** Opens every model, so that one that does not fit is told before anything runs, and gives the two an aligner stands between. */
function checkModels({ models, tokenizers, imageSize, judges }: Profile): Frozen {
  const frozen = { lvlm: openCheckedLvlm(models.lvlm), t5: openCheckedT5(models.t5), textT5: openTextT5(models["t5-text"], tokenizers?.["t5-text"]) };
  openFlux(models.flux);
  openAutoencoder(models.vae, imageSize);
  openClipText(models.clip);
  for (const judge of judges) if (judge.kind !== "http") ({ clip: openClip, llava: openLlava })[judge.kind](models[judge.role]);
  return frozen;
}

async function readyDataset({ dataset }: Profile): Promise<void> {
  await dataset.prepare?.();
  try {
    await requireDataset(dataset.folder);
  } catch (error) {
    if (!dataset.prepare || !(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}\nThis data set is drawn by the project: remove ${dataset.folder}, and the next run draws it again.`, 1, { cause: error });
  }
}

/** An error that a full disk caused, in words; any other as it is. */
function diskFull(error: unknown, folder: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new UserError(`${path ?? folder}: the disk is full; free some space and give the same command again, every finished sample is kept`, 1, { cause: error });
}

/** What a command makes of the benchmark: what is scored, which arms draw, and where their aligners come from. */
export interface Scoring {
  readonly kind: Identity["kind"];
  readonly command: string;
  readonly request: Request;
  readonly arms: readonly DrawnArm[];
  /** Called before any work. */
  begin?(session: Session): Promise<void>;
  /** Trains or finds the aligners that the unfinished samples need, by the keys of the arms' conditions. */
  align(session: Session): Promise<ReadonlyMap<string, AlignerSource>>;
}

async function work(session: Session, { begin, align }: Scoring): Promise<void> {
  const { request, clock } = session, reaches = (stage: StageName): boolean => stages.indexOf(request.last) >= stages.indexOf(stage);
  await begin?.(session);
  await keepBenchmarkImages(session);
  await featureStage(session);
  if (!reaches("train")) return;
  const trained = await clock.time("train", () => align(session));
  clock.flush();
  if (reaches("generate")) await generateAndJudge(session, trained);
}

/**
 * Scores arms, goes on where the run folder was left, and writes its summary and report.
 * A UserError says in one line what cannot be used (exit code 2) or what failed (1); every finished sample is kept.
 */
export async function scoreArms(options: BenchCobsatOptions, scoring: Scoring): Promise<BenchCobsatResult> {
  const { request, arms, kind, command } = scoring, { profile, signal, retrain = false } = options;
  const executor = await executorFor({ engine: request.engine, device: request.device, threads: options.threads });
  const frozen = checkModels(profile);
  await readyDataset(profile);
  const run = openRun(request.out, { ...identityOf(profile, request, frozen, retrain), kind }, {
    arguments: { command, ...options.arguments }, plan: request.plan,
    ...(request.shard ? { shard: request.shard } : {}), continueWithOtherCode: options.continueWithOtherCode ?? false,
  });
  let interrupted = false;
  try {
    await work({ run, request, profile, executor, frozen, signal, arms, clock: stageClock(run), blocks: promptBlocks(request.plan, profile.batch.texts, request.shard) }, scoring);
  } catch (error) {
    if (!(error instanceof Interrupted) && !signal?.aborted) throw diskFull(error, run.folder);
    interrupted = true;
  } finally {
    run.close();
  }
  const summary = await renderReport(run.folder);
  const invalid = summary.cells.some((cell) => cell.invalid > 0 && !summary.training.some(({ arm, diverged }) => diverged && arm === cell.arm && arm !== baseline));
  return { exitCode: interrupted ? 130 : invalid ? 3 : 0, folder: run.folder, summary };
}

/** Scores ThinkDiff-LVLM and the arms around it; results and errors are those of scoreArms. */
export async function benchCobsat(options: BenchCobsatOptions): Promise<BenchCobsatResult> {
  const { retrain = false } = options;
  return scoreArms(options, {
    kind: "cobsat", command: "bench:cobsat", request: requestOf(options), arms: drawnArms,
    async align(session) {
      const { executor, profile, run, blocks, signal } = session, needed = alignersOf(blocks.flatMap((block) => openSamples(session, block, () => true).map(({ arm }) => arm)));
      return new Map(needed.includes(baseline) ? [[baseline, await experimentAligner(executor, profile, run, profile.aligner.experiment, { retrain, signal })]] : []);
    },
  });
}
