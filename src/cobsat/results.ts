/** CoBSAT's own result layout: where any system's outputs lie, so that its outputs can be scored here and ours there. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "../files/atomic.ts";
import { readJson } from "../files/json.ts";
import { UserError } from "../files/userError.ts";
import { encodeJpeg } from "../images/encode.ts";
import { decodeImage, type Image } from "../images/image.ts";
import { csvRecords, formatCsv } from "./csv.ts";
import type { Outcome } from "./judge/outcome.ts";
import type { PromptType } from "./promptTypes.ts";
import { hiddenHalf, valuesOf, type PosedPrompt } from "./tasks.ts";

export type ResultMode = "image" | "text";

/** A system's outputs of one kind under one prompt type. */
export interface ResultSet {
  readonly model: string;
  readonly mode: ResultMode;
  readonly promptType: PromptType;
}

/** A sample's file without its ending: "{prompt}_{theta}_{x0}_..._{xk}", in the data set's own names. */
export const resultName = ({ prompt, query, demonstrations }: PosedPrompt): string => [prompt, query.theta, ...demonstrations.map((d) => d.x), query.x].join("_");

/** A task's outputs under the results root: "results/exps/{model}_{mode}/shot_{k}/{prompt type}/task_{id}". */
export const taskFolder = ({ model, mode, promptType }: ResultSet, shots: number, taskId: number): string =>
  `results/exps/${model}_${mode}/shot_${shots}/${promptType}/task_${taskId}`;

/** A sample's output under the results root, .jpg for images and .json for text. */
export const resultPath = (set: ResultSet, posed: PosedPrompt): string =>
  `${taskFolder(set, posed.shots, posed.task.id)}/${resultName(posed)}.${set.mode === "image" ? "jpg" : "json"}`;

/** A judge's summary of a task: "results/evals/{model}_{mode}/{judge}_eval/shot_{k}/{prompt type}/task_{id}_summary.csv". */
export const summaryPath = ({ model, mode, promptType }: ResultSet, judge: string, shots: number, taskId: number): string =>
  `results/evals/${model}_${mode}/${judge}_eval/shot_${shots}/${promptType}/task_${taskId}_summary.csv`;

/** Writes a generated image as JPEG (quality 95, no chroma subsampling) under the results root. */
export async function writeImageResult(root: string, set: ResultSet, posed: PosedPrompt, image: Image): Promise<void> {
  writeAtomically(join(root, resultPath({ ...set, mode: "image" }, posed)), await encodeJpeg(image));
}

/** Writes a generated description under the results root. */
export function writeTextResult(root: string, set: ResultSet, posed: PosedPrompt, description: string): void {
  writeAtomically(join(root, resultPath({ ...set, mode: "text" }, posed)), `${JSON.stringify({ description }, null, 4)}\n`);
}

/** A system's image for a sample; undefined where it made none. Throws, naming the file, where it cannot be decoded. */
export async function readImageResult(root: string, set: ResultSet, posed: PosedPrompt): Promise<Image | undefined> {
  const file = join(root, resultPath({ ...set, mode: "image" }, posed));
  return existsSync(file) ? decodeImage(file) : undefined;
}

/** A system's description for a sample; undefined where it made none. */
export async function readTextResult(root: string, set: ResultSet, posed: PosedPrompt): Promise<string | undefined> {
  const file = join(root, resultPath({ ...set, mode: "text" }, posed));
  if (!existsSync(file)) return undefined;
  const json = readJson(file, "remove it, and it counts as missing") as { description?: unknown } | null;
  if (typeof json?.description === "string") return json.description;
  throw new UserError(`${file}: expected {"description": "..."}`);
}

/** One scored sample of a summary; `named` is what the judge saw, undefined where it gave no usable answer. */
export interface SummaryRow {
  readonly posed: PosedPrompt;
  readonly named: { readonly detail?: string | undefined; readonly object?: string | undefined };
  readonly outcome: Outcome;
}

const columns = ["file_path", "ground_truth_detail", "ground_truth_obj", "true_label_detail", "true_label_obj", "answer_detail", "answer_obj",
  "check_detail", "check_obj", "check_textual", "check_visual", "correct", "outcome"] as const;

/** Writes a task's summary under the results root: CoBSAT's columns, options numbered from 1 (-1: none), ours named "outcome", and its last row of sums. */
export function writeSummary(root: string, set: ResultSet, judge: string, shots: number, taskId: number, samples: readonly SummaryRow[]): void {
  const sums = [0, 0, 0, 0, 0];
  const rows = samples.map(({ posed, named, outcome }) => {
    const { task, expected } = posed, label = (half: "detail" | "object", value?: string): number => (value === undefined ? -1 : valuesOf(task.theme, half).indexOf(value) + 1);
    const right = { detail: named.detail === expected.detail, object: named.object === expected.object };
    const checks = [right.detail, right.object, right[task.given], right[hiddenHalf(task)], outcome.outcome === "correct"];
    checks.forEach((check, i) => (sums[i]! += Number(check)));
    return [resultPath(set, posed), expected.detail, expected.object, label("detail", expected.detail), label("object", expected.object),
      label("detail", named.detail), label("object", named.object), ...checks, outcome.outcome];
  });
  writeAtomically(join(root, summaryPath(set, judge, shots, taskId)), formatCsv([columns, ...rows, ["SUMMARY", "", "", "", "", "", "", ...sums, `${samples.length} samples`]]));
}

/** Reads a task's summary, also one that CoBSAT's own scripts wrote: the number of samples and of correct ones. */
export async function readSummary(file: string): Promise<{ n: number; correct: number }> {
  const records = csvRecords(file, await readFile(file, "utf8")).filter((record) => record.file_path !== "SUMMARY");
  const isTrue = (text: string | undefined): boolean => {
    if (text === undefined || !/^(true|false|[01](\.0)?)$/i.test(text)) throw new UserError(`${file}: column correct holds ${JSON.stringify(text)}, expected True or False`);
    return /^(true|1)/i.test(text);
  };
  return { n: records.length, correct: records.filter((record) => isTrue(record.correct)).length };
}
