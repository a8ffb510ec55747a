/** The figures of the ThinkDiff paper (ICML 2025), Tables 1 to 4, to show beside measured ones. Averages are computed from the tables. */
import { taskOf, tasks } from "./tasks.ts";

export type PublishedSystem = "ThinkDiff-LVLM" | "SEED-LLaMA" | "Emu" | "GILL";
export type PublishedAblation = "input-tokens" | "no-masking";

/** A row of a table by task name. */
export type AccuracyRow = Readonly<Record<string, number>>;

/** The tables' column order: all "-I" tasks, then all "-II" tasks. */
const columns = ["Color-I", "Background-I", "Style-I", "Action-I", "Texture-I", "Color-II", "Background-II", "Style-II", "Action-II", "Texture-II"];
const row = (...values: number[]): AccuracyRow => Object.fromEntries(columns.map((name, i) => [taskOf(name).name, values[i]!]));

/** Tables 1 (2 shots) and 2 (4 shots): accuracy per task; the three baselines are quoted there from CoBSAT's paper. */
export const publishedAccuracy: Readonly<Record<2 | 4, Readonly<Record<PublishedSystem, AccuracyRow>>>> = {
  2: {
    "SEED-LLaMA": row(0.680, 0.348, 0.203, 0.182, 0.196, 0.287, 0.467, 0.297, 0.261, 0.163),
    Emu: row(0.065, 0.051, 0.057, 0.052, 0.078, 0.062, 0.109, 0.081, 0.092, 0.074),
    GILL: row(0.171, 0.054, 0.069, 0.063, 0.074, 0.010, 0.043, 0.024, 0.022, 0.040),
    "ThinkDiff-LVLM": row(0.622, 0.349, 0.237, 0.459, 0.290, 0.511, 0.534, 0.340, 0.534, 0.292),
  },
  4: {
    "SEED-LLaMA": row(0.482, 0.211, 0.141, 0.053, 0.122, 0.252, 0.076, 0.268, 0.207, 0.105),
    Emu: row(0.063, 0.018, 0.045, 0.048, 0.097, 0.037, 0.122, 0.109, 0.077, 0.088),
    GILL: row(0.106, 0.044, 0.041, 0.073, 0.087, 0.022, 0.059, 0.044, 0.032, 0.067),
    "ThinkDiff-LVLM": row(0.638, 0.362, 0.254, 0.434, 0.317, 0.610, 0.590, 0.432, 0.664, 0.332),
  },
};

/** Table 3, 2 shots: the two ablations scored on CoBSAT; their baseline is ThinkDiff-LVLM's row of Table 1. */
export const publishedAblations: Readonly<Record<PublishedAblation, AccuracyRow>> = {
  "input-tokens": row(0.024, 0.004, 0.030, 0.011, 0.032, 0.007, 0.008, 0.012, 0.019, 0.011),
  "no-masking": row(0.548, 0.215, 0.105, 0.256, 0.187, 0.510, 0.338, 0.156, 0.325, 0.228),
};

/** Table 4: what training cost. */
export const publishedTraining: Readonly<Record<PublishedSystem, { readonly gpus: number; readonly gpu: string; readonly hours: number }>> = {
  "SEED-LLaMA": { gpus: 64, gpu: "A100", hours: 216 },
  Emu: { gpus: 128, gpu: "A100", hours: 48 },
  GILL: { gpus: 2, gpu: "A6000", hours: 48 },
  "ThinkDiff-LVLM": { gpus: 4, gpu: "A100", hours: 5 },
};

/** The mean of a row's ten accuracies. */
export const rowAverage = (accuracies: AccuracyRow): number => tasks.reduce((sum, task) => sum + accuracies[task.name]!, 0) / tasks.length;

const arms: Readonly<Record<string, (shots: number) => AccuracyRow | undefined>> = {
  "thinkdiff-lvlm": (shots) => (shots === 2 || shots === 4 ? publishedAccuracy[shots]["ThinkDiff-LVLM"] : undefined),
  "input-tokens": (shots) => (shots === 2 ? publishedAblations["input-tokens"] : undefined),
  "no-masking": (shots) => (shots === 2 ? publishedAblations["no-masking"] : undefined),
};

/** The row of a published system, where an arm is a folder of images under its name. */
function systemOf(arm: string, shots: number): AccuracyRow | undefined {
  if (shots !== 2 && shots !== 4) return undefined;
  return Object.entries(publishedAccuracy[shots]).find(([name]) => arm.toLowerCase() === `folder:${name.toLowerCase()}`)?.[1];
}

/** The paper's accuracy of an arm at a number of shots, for one task or, without one, on average; null where the paper has none. */
export function publishedFor(arm: string, shots: number, task?: string): number | null {
  const accuracies = Object.hasOwn(arms, arm) ? arms[arm]!(shots) : systemOf(arm, shots);
  if (!accuracies) return null;
  return task === undefined ? rowAverage(accuracies) : accuracies[taskOf(task).name]!;
}
