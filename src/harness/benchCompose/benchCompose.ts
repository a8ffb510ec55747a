/** `npm run bench:compose`: ThinkDiff-CLIP and the arms around it on images and texts whose attributes are known. */
import { encodePng } from "../../images/image.ts";
import { openAutoencoder, openCheckedLvlm, openCheckedT5, openClip, openClipText, openFlux, openLlava, openTextT5 } from "../baseModels.ts";
import { experimentAligner, type AlignerSource } from "../benchCobsat/aligners.ts";
import { stageClock } from "../benchCobsat/clock.ts";
import { reaches } from "../benchCobsat/options.ts";
import { sitting } from "../benchCobsat/session.ts";
import { executorFor } from "../executor.ts";
import { openVision } from "../models.ts";
import { requireModels, type ModelRole, type Profile } from "../profile.ts";
import { openRunOf } from "../runs/run.ts";
import { composeMethod } from "./arms.ts";
import { captionStage } from "./captions.ts";
import { composeCase, inputKey, sceneImage } from "./cases.ts";
import { generateAndJudge } from "./generate.ts";
import { composeIdentity } from "./identity.ts";
import { composeSchema } from "./lines.ts";
import { composeRequest, type BenchComposeOptions } from "./options.ts";
import { renderCompose } from "./report/render.ts";
import { caseBlocks, openIn, type ComposeModels, type ComposeSession } from "./session.ts";
import type { ComposeSummary } from "./summary.ts";

export interface BenchComposeResult {
  /** 0 done, 3 finished with invalid samples, 130 interrupted. */
  readonly exitCode: 0 | 3 | 130;
  readonly folder: string;
  readonly summary: ComposeSummary;
}

/** Opens every model, so that one that does not fit is told before anything runs. */
function checkModels(profile: Profile): ComposeModels {
  const { models, tokenizers, imageSize, judges, compose } = profile;
  requireModels(profile, Object.keys(models) as ModelRole[]);
  openTextT5(models["t5-text"], tokenizers?.["t5-text"]);
  openFlux(models.flux);
  openAutoencoder(models.vae, imageSize);
  openClipText(models.clip);
  openClip(models[compose!.similarity]);
  for (const judge of judges) if (judge.kind !== "http") ({ clip: openClip, llava: openLlava })[judge.kind](models[judge.role]);
  return { lvlm: openCheckedLvlm(models.lvlm), t5: openCheckedT5(models.t5), vision: openVision(models.vision) };
}

/** Keeps the input images of the cases that are asked for, for the report. */
async function keepInputs({ run, blocks }: ComposeSession): Promise<void> {
  const pngs = new Map<string, Uint8Array>(), cases = new Set(blocks.flatMap((block) => openIn({ run }, block).map(({ index }) => JSON.stringify([block.task, index]))));
  for (const { task, index, pictures } of [...cases].map((key) => composeCase(...(JSON.parse(key) as Parameters<typeof composeCase>)))) {
    for (const [i, scene] of pictures.entries()) {
      if (run.record.benchmarkImages[inputKey(task.name, index, i)] !== undefined) continue;
      const { data, width, height } = await sceneImage(scene);
      pngs.set(inputKey(task.name, index, i), await encodePng(data, width, height));
    }
  }
  if (pngs.size > 0) run.recordBenchmarkImages(pngs);
}

async function work(session: ComposeSession, retrain: boolean): Promise<void> {
  const { executor, profile, run, request, signal, clock } = session;
  await keepInputs(session);
  await captionStage(session);
  if (!reaches(request, "train")) return;
  const needed = session.blocks.flatMap((block) => openIn(session, block)).some(({ arm: { condition } }) => condition.kind === "aligned" && condition.aligner === composeMethod);
  const trained = await clock.time("train", async (): Promise<[string, AlignerSource][]> =>
    (needed ? [[composeMethod, await experimentAligner(executor, profile, run, profile.clipAligner.experiment, { retrain, signal, like: profile.clipAligner })]] : []));
  clock.flush();
  if (reaches(request, "generate")) await generateAndJudge(session, new Map(trained));
}

/**
 * Scores ThinkDiff-CLIP and the arms around it, goes on where the run folder was left, and writes its summary and report.
 * A UserError says in one line what cannot be used (exit code 2) or what failed (1); every finished sample is kept.
 */
export async function benchCompose(options: BenchComposeOptions): Promise<BenchComposeResult> {
  const { profile, signal, retrain = false, threads, continueWithOtherCode = false } = options, request = composeRequest(options);
  const executor = await executorFor({ engine: request.engine, device: request.device, threads }), models = checkModels(profile);
  const run = openRunOf(composeSchema, request.out, composeIdentity(profile, request, models, retrain), {
    arguments: { command: "bench:compose", ...options.arguments }, plan: request.plan, ...(request.shard ? { shard: request.shard } : {}), continueWithOtherCode,
  });
  const session: ComposeSession = { run, request, profile, executor, models, signal, clock: stageClock(run), blocks: caseBlocks(request.plan, request.shard) };
  const interrupted = await sitting(run, signal, () => work(session, retrain)), summary = await renderCompose(run.folder);
  return { exitCode: interrupted ? 130 : summary.cells.some(({ invalid }) => invalid > 0) ? 3 : 0, folder: run.folder, summary };
}
