/** The benchmark from end to end: ThinkDiff-LVLM and the arms around it on CoBSAT. */
import { requireDataset } from "../../cobsat/datasetCheck.ts";
import { UserError } from "../../files/userError.ts";
import { openCheckedLvlm, openCheckedT5 } from "../baseModels.ts";
import { executorFor } from "../executor.ts";
import type { Profile } from "../profile.ts";
import { renderReport } from "../report/render.ts";
import { openRun } from "../runs/run.ts";
import type { Summary } from "../summary/types.ts";
import { baselineAligner } from "./aligners.ts";
import { alignersOf, baseline } from "./arms.ts";
import { promptBlocks } from "./blocks.ts";
import { stageClock } from "./clock.ts";
import { featureStage } from "./features.ts";
import { generateAndJudge } from "./generate.ts";
import { identityOf } from "./identity.ts";
import { keepBenchmarkImages } from "./judging.ts";
import { requestOf, stages, type BenchCobsatOptions, type StageName } from "./options.ts";
import { Interrupted, openSamples, type Session } from "./session.ts";

export interface BenchCobsatResult {
  /** 0 done, 3 finished with invalid samples, 130 interrupted. */
  readonly exitCode: 0 | 3 | 130;
  readonly folder: string;
  readonly summary: Summary;
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

async function work(session: Session, retrain: boolean): Promise<void> {
  const { request, clock, blocks, signal } = session, reaches = (stage: StageName): boolean => stages.indexOf(request.last) >= stages.indexOf(stage);
  await keepBenchmarkImages(session);
  await featureStage(session);
  if (!reaches("train")) return;
  const needed = alignersOf(blocks.flatMap((block) => openSamples(session, block, () => true).map(({ arm }) => arm)));
  const folder = needed.includes(baseline) ? await clock.time("train", () => baselineAligner(session.executor, session.profile, session.run, { retrain, signal })) : undefined;
  clock.flush();
  if (reaches("generate")) await generateAndJudge(session, folder);
}

/**
 * Scores the asked arms, goes on where the run folder was left, and writes its summary and report.
 * A UserError says in one line what cannot be used (exit code 2) or what failed (1); every finished sample is kept.
 */
export async function benchCobsat(options: BenchCobsatOptions): Promise<BenchCobsatResult> {
  const request = requestOf(options), { profile, signal, retrain = false } = options;
  const executor = await executorFor({ engine: request.engine, device: request.device, threads: options.threads });
  const frozen = { lvlm: openCheckedLvlm(profile.models.lvlm), t5: openCheckedT5(profile.models.t5) };
  await readyDataset(profile);
  const run = openRun(request.out, identityOf(profile, request, frozen, retrain), {
    arguments: { command: "bench:cobsat", ...options.arguments }, plan: request.plan,
    ...(request.shard ? { shard: request.shard } : {}), continueWithOtherCode: options.continueWithOtherCode ?? false,
  });
  let interrupted = false;
  try {
    await work({ run, request, profile, executor, frozen, signal, clock: stageClock(run), blocks: promptBlocks(request.plan, profile.batch.texts, request.shard) }, retrain);
  } catch (error) {
    if (!(error instanceof Interrupted) && !signal?.aborted) throw error;
    interrupted = true;
  } finally {
    run.close();
  }
  const summary = await renderReport(run.folder);
  const invalid = summary.cells.some((cell) => cell.invalid > 0 && !summary.training.some(({ arm, diverged }) => diverged && arm === cell.arm && arm !== baseline));
  return { exitCode: interrupted ? 130 : invalid ? 3 : 0, folder: run.folder, summary };
}
