/** Scores images that any system made, in CoBSAT's own result layout. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Judge, JudgeItem } from "../cobsat/judge/judge.ts";
import { strictOutcome, type Outcome } from "../cobsat/judge/outcome.ts";
import { promptTypes, type PromptType } from "../cobsat/promptTypes.ts";
import { officialPrompts, promptCount, type PromptIndices } from "../cobsat/prompts.ts";
import { readImageResult, taskFolder, writeSummary, type ResultSet, type SummaryRow } from "../cobsat/results.ts";
import { posePrompt, tasks as allTasks, type PosedPrompt, type Task } from "../cobsat/tasks.ts";
import { UserError } from "../files/userError.ts";

/** A task's images under one model, prompt type and number of shots. */
export interface JudgedCell {
  readonly model: string;
  readonly promptType: PromptType;
  readonly shots: number;
  readonly task: string;
  readonly taskId: number;
  readonly n: number;
  readonly correct: number;
  readonly wrong: number;
  readonly invalid: number;
  readonly accuracy: number;
  /** Null where every image is invalid. */
  readonly strictAccuracy: number | null;
}

export interface JudgeFolderOptions {
  readonly tasks?: readonly Task[];
  /** Every number of shots found by default. */
  readonly shots?: readonly number[];
  /** The first so many prompts of the list; up to the last that has an image by default. */
  readonly samples?: number;
  readonly onImages?: (count: number) => void;
  readonly signal?: AbortSignal | undefined;
}

const atOnce = 32;

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")).sort() : []);

interface Place { readonly set: ResultSet; readonly shots: number; readonly task: Task; readonly prompts: number }

/** Every task folder of images under the results root, with how many prompts of the list it covers. */
function findPlaces(root: string, { tasks = allTasks, shots, samples }: JudgeFolderOptions): Place[] {
  const exps = join(root, "results", "exps");
  const sets = namesIn(exps).filter((name) => name.endsWith("_image")).flatMap((name) => namesIn(join(exps, name)).flatMap((shot) => {
    const k = /^shot_(\d+)$/.exec(shot)?.[1];
    if (k === undefined || (shots && !shots.includes(Number(k)))) return [];
    return promptTypes.filter((type) => existsSync(join(exps, name, shot, type))).map((promptType) => ({ set: { model: name.slice(0, -"_image".length), mode: "image" as const, promptType }, shots: Number(k) }));
  }));
  const places = sets.flatMap(({ set, shots: k }) => tasks.map((task) => {
    const numbers = namesIn(join(root, taskFolder(set, k, task.id))).map((name) => Number(/^(\d+)_.*\.jpg$/.exec(name)?.[1] ?? -1));
    return { set, shots: k, task, prompts: numbers.length === 0 ? 0 : (samples ?? Math.min(promptCount, Math.max(...numbers) + 1)) };
  }).filter(({ prompts }) => prompts > 0));
  if (places.length === 0) throw new UserError(`${root}: no images to judge; expected CoBSAT's layout, results/exps/{model}_image/shot_{k}/{${promptTypes.join("|")}}/task_{1-10}/{prompt}_....jpg`);
  return places;
}

/** One prompt's picture, or why there is none. */
async function pictureOf(root: string, set: ResultSet, posed: PosedPrompt): Promise<JudgeItem | string> {
  try {
    const image = await readImageResult(root, set, posed);
    return image ? { image, theme: posed.task.theme } : "no image";
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

async function judgeBatch(root: string, judge: Judge, set: ResultSet, posed: readonly PosedPrompt[]): Promise<SummaryRow[]> {
  const pictures = await Promise.all(posed.map((prompt) => pictureOf(root, set, prompt)));
  const answers = (await judge.judge(pictures.filter((picture) => typeof picture !== "string"))).values();
  return posed.map((prompt, i): SummaryRow => {
    const picture = pictures[i]!;
    if (typeof picture === "string") return { posed: prompt, named: {}, outcome: { outcome: "invalid", reason: picture } };
    const judged = answers.next().value!;
    return { posed: prompt, named: { detail: judged.detail.value, object: judged.object.value }, outcome: strictOutcome(prompt.task, prompt.expected, judged) };
  });
}

function cellOf({ set: { model, promptType }, shots, task }: Place, rows: readonly SummaryRow[]): JudgedCell {
  const count = (outcome: Outcome["outcome"]): number => rows.filter((row) => row.outcome.outcome === outcome).length;
  const n = rows.length, correct = count("correct"), invalid = count("invalid");
  return { model, promptType, shots, task: task.name, taskId: task.id, n, correct, wrong: count("wrong"), invalid, accuracy: correct / n, strictAccuracy: n > invalid ? correct / (n - invalid) : null };
}

/** How many images `judgeFolder` will look for. */
export const countImages = (root: string, options: JudgeFolderOptions = {}): number => findPlaces(root, options).reduce((sum, { prompts }) => sum + prompts, 0);

/** Judges every task folder of images under a results root, writes CoBSAT's summaries beside them, and returns a cell of each; missing and broken images are invalid. Stops between batches where the signal says so, keeping the tasks done. */
export async function judgeFolder(root: string, judge: Judge, options: JudgeFolderOptions = {}): Promise<JudgedCell[]> {
  const list: readonly PromptIndices[] = officialPrompts(), cells: JudgedCell[] = [];
  for (const place of findPlaces(root, options)) {
    const { set, shots, task, prompts } = place, rows: SummaryRow[] = [];
    for (let start = 0; start < prompts; start += atOnce) {
      if (options.signal?.aborted) return cells;
      const posed = Array.from({ length: Math.min(atOnce, prompts - start) }, (_, i) => posePrompt(task, shots, start + i, list));
      rows.push(...await judgeBatch(root, judge, set, posed));
      options.onImages?.(posed.length);
    }
    writeSummary(root, set, judge.name, shots, task.id, rows);
    cells.push(cellOf(place, rows));
  }
  return cells;
}
