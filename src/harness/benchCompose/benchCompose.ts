/** `npm run bench:compose`: ThinkDiff-CLIP and the arms around it on images and texts whose attributes are known. */
import type { Experiment } from "../../ablations/experiment.ts";
import { encodePng } from "../../images/image.ts";
import { openAutoencoder, openCheckedLvlm, openCheckedT5, openClip, openClipText, openFlux, openLlava, openTextT5 } from "../baseModels.ts";
import { experimentAligner, type AlignerSource } from "../benchCobsat/aligners.ts";
import { stageClock } from "../benchCobsat/clock.ts";
import { confirmCosts, questionsEach } from "../benchCobsat/costs.ts";
import { reaches } from "../benchCobsat/options.ts";
import { goOn, sitting } from "../benchCobsat/session.ts";
import { deviceFor, executorFor } from "../executor.ts";
import { openVision } from "../models.ts";
import { requireModels, type ModelRole, type Profile } from "../profile.ts";
import { openRunOf } from "../runs/run.ts";
import { readLines } from "../runs/samples.ts";
import { composeMethod } from "./arms.ts";
import { captionStage } from "./captions.ts";
import { composeCase, inputKey, sceneImage } from "./cases.ts";
import { generateAndJudge } from "./generate.ts";
import { composeIdentity } from "./identity.ts";
import { themesAsked } from "./judging.ts";
import { composeSchema } from "./lines.ts";
import { composeRequest, type BenchComposeOptions, type ComposeRequest } from "./options.ts";
import { renderCompose } from "./report/render.ts";
import { caseBlocks, openIn, type CaseBlock, type ComposeModels, type ComposeSession } from "./session.ts";
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

/** The most questions that judging servers are asked about samples without a line. */
const questionsFor = ({ judges }: Profile, blocks: readonly CaseBlock[], run: Pick<ComposeSession["run"], "samples">): number =>
  questionsEach(judges) * blocks.flatMap((block) => openIn({ run }, block).map(({ index }) => themesAsked(composeCase(block.task, index).expected))).reduce((sum, themes) => sum + themes, 0);

/** What a command makes of the cases: what is scored, and by which training each aligner that an arm names is made. */
export interface ComposeScoring {
  readonly command: string;
  readonly request: ComposeRequest;
  /** The first is the released method's. */
  readonly experiments: readonly Experiment[];
}

/** Trains or finds the aligners that unfinished samples need, by the names that arms have for them. */
async function align({ executor, profile, run, signal, blocks }: ComposeSession, experiments: readonly Experiment[], retrain: boolean): Promise<Map<string, AlignerSource>> {
  const named = new Set(blocks.flatMap((block) => openIn({ run }, block)).map(({ arm: { condition } }) => (condition.kind === "aligned" ? condition.aligner : undefined))), trained = new Map<string, AlignerSource>();
  for (const [i, experiment] of experiments.entries()) {
    const name = i === 0 ? composeMethod : experiment.name;
    goOn({ signal });
    if (named.has(name)) trained.set(name, await experimentAligner(executor, profile, run, experiment, { retrain, signal, like: profile.clipAligner }));
  }
  return trained;
}

async function work(session: ComposeSession, experiments: readonly Experiment[], retrain: boolean): Promise<void> {
  const { request, clock } = session;
  await keepInputs(session);
  await captionStage(session);
  if (!reaches(request, "train")) return;
  const trained = await clock.time("train", () => align(session, experiments, retrain));
  clock.flush();
  if (reaches(request, "generate")) await generateAndJudge(session, trained);
}

/**
 * Scores arms, goes on where the run folder was left, and writes its summary and report.
 * A UserError says in one line what cannot be used (exit code 2) or what failed (1); every finished sample is kept.
 */
export async function scoreCompositions(options: BenchComposeOptions, { command, request: asked, experiments }: ComposeScoring): Promise<BenchComposeResult> {
  const { signal, retrain = false, threads, continueWithOtherCode = false } = options, profile: Profile = { ...options.profile, models: { ...options.profile.models, ...options.profile.compose?.models } }, request = { ...asked, device: await deviceFor({ ...asked, threads }) };
  const executor = await executorFor({ engine: request.engine, device: request.device, threads }), models = checkModels(profile), blocks = caseBlocks(request.plan, request.shard);
  await confirmCosts({ images: 0, questions: reaches(request, "judge") ? questionsFor(profile, blocks, { samples: readLines(request.out, composeSchema) }) : 0 }, options.prices ?? {}, options);
  const run = openRunOf(composeSchema, request.out, composeIdentity(profile, request, models, retrain), {
    arguments: { command, ...options.arguments }, plan: request.plan, ...(request.shard ? { shard: request.shard } : {}), continueWithOtherCode,
  });
  const session: ComposeSession = { run, request, profile, executor, models, signal, clock: stageClock(run), blocks };
  const interrupted = await sitting(run, signal, () => work(session, experiments, retrain)), summary = await renderCompose(run.folder);
  const invalid = summary.cells.some((cell) => cell.invalid > 0 && !summary.training.some(({ arm, diverged }) => diverged && arm === cell.arm && arm !== composeMethod));
  return { exitCode: interrupted ? 130 : invalid ? 3 : 0, folder: run.folder, summary };
}

/** Scores ThinkDiff-CLIP and the arms around it; results and errors are those of scoreCompositions. */
export const benchCompose = async (options: BenchComposeOptions): Promise<BenchComposeResult> =>
  scoreCompositions(options, { command: "bench:compose", request: composeRequest(options), experiments: [options.profile.clipAligner.experiment] });
