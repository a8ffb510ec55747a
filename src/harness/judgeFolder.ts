/** Scores images that any system made, in CoBSAT's own result layout, as a run. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "../cobsat/judge/outcome.ts";
import { promptTypes } from "../cobsat/promptTypes.ts";
import { officialPrompts, promptCount, type PromptIndices } from "../cobsat/prompts.ts";
import { readImageResult, resultPath, taskFolder, writeSummary, type ResultSet, type SummaryRow } from "../cobsat/results.ts";
import { posePrompt, tasks as allTasks, type PosedPrompt, type Task } from "../cobsat/tasks.ts";
import { sha256 } from "../files/sha256.ts";
import { UserError } from "../files/userError.ts";
import { encodePng } from "../images/image.ts";
import { readyDataset, type BenchCobsatResult } from "./benchCobsat/benchCobsat.ts";
import { stageClock } from "./benchCobsat/clock.ts";
import { confirmCosts, questionsEach, type Confirmation, type Prices } from "./benchCobsat/costs.ts";
import { checkModels, lazyFrozen } from "./benchCobsat/frozen.ts";
import { identityOf } from "./benchCobsat/identity.ts";
import { judgePngs, keepBenchmarkImages, openPanel } from "./benchCobsat/judging.ts";
import { lazily } from "./benchCobsat/lazily.ts";
import { requestOf } from "./benchCobsat/options.ts";
import { invalidLine, judgedLine } from "./benchCobsat/scoring.ts";
import { goOn, sitting } from "./benchCobsat/session.ts";
import { deviceFor, executorFor } from "./executor.ts";
import { judgeRoles, type Profile } from "./profile.ts";
import { startProgress } from "./progress.ts";
import { renderCobsat } from "./report/render.ts";
import { plannedSamples, sampleId, type PlannedCell } from "./runs/plan.ts";
import { readRecord, type Sitting } from "./runs/record.ts";
import { openRun } from "./runs/run.ts";
import { readSamples, type Sample } from "./runs/samples.ts";

export interface JudgeFolderOptions extends Confirmation {
  readonly profile: Profile;
  /** The run folder: a new one, or a run of the same profile whose report shall show the images' arms beside its own. */
  readonly out: string;
  readonly tasks?: readonly Task[];
  /** Every number of shots found by default. */
  readonly shots?: readonly number[];
  /** The first so many prompts of the list; up to the last that has an image by default. */
  readonly samples?: number;
  readonly device?: string;
  readonly engine?: string;
  readonly threads?: number;
  readonly continueWithOtherCode?: boolean;
  /** What a judging server takes. */
  readonly prices?: Pick<Prices, "question">;
  /** The command line's arguments, as they go into run.json. */
  readonly arguments?: Sitting["arguments"];
  readonly signal?: AbortSignal | undefined;
}

const atOnce = 16;

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")).sort() : []);

interface Place { readonly set: ResultSet; readonly shots: number; readonly task: Task; readonly prompts: number }

/** Every task folder of images under the results root, with how many prompts of the list it covers. */
function findPlaces(root: string, { tasks = allTasks, shots, samples }: Pick<JudgeFolderOptions, "tasks" | "shots" | "samples">): Place[] {
  const exps = join(root, "results", "exps"), layout = `CoBSAT's layout, results/exps/{model}_image/shot_{k}/{${promptTypes.join("|")}}/task_{1-10}/{prompt}_....jpg`;
  if (!existsSync(root) || !statSync(root).isDirectory()) throw new UserError(`${root}: no such folder; expected one in ${layout}`);
  const sets = namesIn(exps).filter((name) => name.endsWith("_image")).flatMap((name) => namesIn(join(exps, name)).flatMap((shot) => {
    const k = /^shot_(\d+)$/.exec(shot)?.[1];
    if (k === undefined || (shots && !shots.includes(Number(k)))) return [];
    return promptTypes.filter((type) => existsSync(join(exps, name, shot, type))).map((promptType) => ({ set: { model: name.slice(0, -"_image".length), mode: "image" as const, promptType }, shots: Number(k) }));
  }));
  const places = sets.flatMap(({ set, shots: k }) => tasks.map((task) => {
    const numbers = namesIn(join(root, taskFolder(set, k, task.id))).map((name) => Number(/^(\d+)_.*\.jpg$/.exec(name)?.[1] ?? -1));
    return { set, shots: k, task, prompts: numbers.length === 0 ? 0 : (samples ?? Math.min(promptCount, Math.max(...numbers) + 1)) };
  }).filter(({ prompts }) => prompts > 0));
  if (places.length === 0) throw new UserError(`${root}: no images to judge; expected ${layout}`);
  return places;
}

const folderPrefix = "folder:";

/** Whether an arm's pictures were judged from a results root. */
export const isFolderArm = (arm: string): boolean => arm.startsWith(folderPrefix);

/** The arm of a system's images: "folder:" and its name, the prompt type after it where that is not the default one. */
export const folderArm = ({ model, promptType }: Pick<ResultSet, "model" | "promptType">): string => `${folderPrefix}${model}${promptType === "default" ? "" : `, ${promptType}`}`;

/** One prompt's picture as PNG, or why there is none. */
async function pictureOf(root: string, set: ResultSet, posed: PosedPrompt): Promise<Uint8Array | string> {
  try {
    const image = await readImageResult(root, set, posed);
    return image ? await encodePng(image.data, image.width, image.height) : "no image";
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Throws a UserError, naming the first, where verdicts that are kept are of other pictures than those that lie in the folder now. */
async function requireSamePictures(root: string, out: string, places: readonly Place[], list: readonly PromptIndices[], judged: ReadonlyMap<string, Sample>): Promise<void> {
  const finished = places.flatMap(({ set, shots, task }) => [...judged.values()].filter((sample) => sample.arm === folderArm(set) && sample.shots === shots && sample.task === task.name)
    .map(({ prompt, image }) => ({ set, posed: posePrompt(task, shots, prompt, list), image })));
  const others: string[] = [];
  for (let start = 0; start < finished.length; start += atOnce) {
    const part = finished.slice(start, start + atOnce), pictures = await Promise.all(part.map(({ set, posed }) => pictureOf(root, set, posed)));
    others.push(...part.flatMap(({ set, posed, image }, i) => {
      const picture = pictures[i]!, now = typeof picture === "string" ? undefined : sha256(picture);
      return now === image ? [] : [`${join(root, resultPath(set, posed))} (judged ${image === undefined ? "as no picture" : `as ${image.slice(0, 12)}...`}, now ${now === undefined ? "no picture" : `${now.slice(0, 12)}...`})`];
    }));
  }
  if (others.length > 0) throw new UserError(`${out} keeps verdicts of other pictures than ${root} holds now, ${others.length} of ${finished.length}, first ${others[0]}; to judge them, give --out another folder, or remove ${out} with all that it holds`);
}

/** A scored sample as CoBSAT's summary has it. */
function rowOf(posed: PosedPrompt, { judged, outcome, missed, reason }: Sample): SummaryRow {
  return { posed, named: { detail: judged?.detail ?? undefined, object: judged?.object ?? undefined }, outcome: { outcome, ...(missed === undefined ? {} : { missed }), ...(reason === undefined ? {} : { reason }) } as Outcome };
}

/**
 * Judges every task folder of images under a results root into a run folder, one arm a system, writes CoBSAT's own summaries beside the images, and renders the report; missing and broken images are invalid samples.
 * What is judged is not judged again, and a UserError where another picture has taken its place; once the signal comes, what is finished is kept.
 */
export async function judgeFolder(root: string, { profile, out, device, engine, threads, continueWithOtherCode = false, signal, ...options }: JudgeFolderOptions): Promise<BenchCobsatResult> {
  const places = findPlaces(root, options), list: readonly PromptIndices[] = officialPrompts(), known = readRecord(out)?.identity, steps = known?.settings["samplerSteps"];
  const plan = places.map(({ set, shots, task, prompts }): PlannedCell => ({ arm: folderArm(set), shots, task: task.name, prompts }));
  const asked = requestOf({ profile, out, ...(known ? { seed: known.seed } : {}), ...(typeof steps === "number" ? { steps } : {}), ...(device === undefined ? {} : { device }), ...(engine === undefined ? {} : { engine }) }), request = { ...asked, device: await deviceFor({ ...asked, threads }) };
  const executor = await executorFor({ engine: request.engine, device: request.device, threads }), frozen = lazyFrozen(profile), needed = new Set(judgeRoles(profile));
  checkModels(profile, frozen, needed);
  const judged = readSamples(out);
  await requireSamePictures(root, out, places, list, judged);
  await confirmCosts({ images: 0, questions: questionsEach(profile.judges) * plannedSamples(plan).filter(({ id }) => !judged.has(id)).length }, options.prices ?? {}, options);
  await readyDataset(profile);
  const { identity, seen } = identityOf(profile, request, frozen, { needed, trains: false, retrain: false }), run = openRun(out, identity, { arguments: { command: "cobsat judge", ...options.arguments }, plan, seen, continueWithOtherCode });
  const progress = startProgress("judging", plan.reduce((sum, { prompts }) => sum + prompts, 0)), panel = lazily(() => openPanel(executor, profile)), clock = stageClock(run);

  async function judgeBatch({ set, task }: Place, posed: readonly PosedPrompt[]): Promise<void> {
    const began = performance.now(), pictures = await Promise.all(posed.map((prompt) => pictureOf(root, set, prompt)));
    const pngs = pictures.flatMap((picture) => (typeof picture === "string" ? [] : [{ png: picture, theme: task.theme }])), verdicts = (pngs.length > 0 ? await judgePngs(await panel.get(), pngs) : []).values(), seconds = (performance.now() - began) / 1000 / posed.length;
    run.appendSamples(posed.map((prompt, i) => {
      const picture = pictures[i]!, arm = folderArm(set), sample = { id: sampleId(arm, prompt.shots, task.name, prompt.prompt), arm, shots: prompt.shots, task: task.name, prompt: prompt.prompt };
      if (typeof picture === "string") return invalidLine({ sample, posed: prompt, seed: request.seed, seconds }, picture);
      const verdict = verdicts.next().value!, answer = { sample, posed: prompt, seed: request.seed, image: run.saveImage(picture), seconds };
      return "undecodable" in verdict ? invalidLine(answer, verdict.undecodable) : judgedLine(answer, verdict);
    }));
  }

  const interrupted = await sitting(run, signal, async () => {
    try {
      await keepBenchmarkImages({ run, profile, request: { tasks: [...new Set(plan.map(({ task }) => task))] } });
      for (const place of places) {
        const { set, shots, task, prompts } = place, posed = Array.from({ length: prompts }, (_, prompt) => posePrompt(task, shots, prompt, list)), idOf = ({ prompt }: PosedPrompt): string => sampleId(folderArm(set), shots, task.name, prompt);
        for (let start = 0; start < prompts; start += atOnce) {
          goOn({ signal });
          const batch = posed.slice(start, start + atOnce), open = batch.filter((prompt) => !run.samples.has(idOf(prompt)));
          if (open.length > 0) await clock.time("judge", () => judgeBatch(place, open));
          progress.add(batch.length);
        }
        clock.flush();
        writeSummary(root, set, profile.judges[0]!.name, shots, task.id, posed.map((prompt) => rowOf(prompt, run.samples.get(idOf(prompt))!)));
      }
    } finally {
      clock.flush();
      await panel.release();
      progress.finish();
    }
  });
  const summary = await renderCobsat(run.folder), arms = new Set(plan.map(({ arm }) => arm));
  return { exitCode: interrupted ? 130 : summary.cells.some(({ arm, invalid }) => arms.has(arm) && invalid > 0) ? 3 : 0, folder: run.folder, summary: { ...summary, cells: summary.cells.filter(({ arm }) => arms.has(arm)), averages: summary.averages.filter(({ arm }) => arms.has(arm)) } };
}
