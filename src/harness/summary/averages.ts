import { publishedFor } from "../../cobsat/published.ts";
import { tasks } from "../../cobsat/tasks.ts";
import { Random } from "../../random/random.ts";
import { clusterOf, type Sample } from "../runs/samples.ts";
import { bootstrapAccuracy } from "../statistics/bootstrap.ts";
import { compareArms, groupBy } from "./cells.ts";
import type { Accuracy, Average, Cell } from "./types.ts";

/** The mean of the task accuracies with its cluster-bootstrap interval; the resamples follow from the seed and `key`. At least one sample. */
export function accuracyOf(samples: readonly Sample[], seed: number, ...key: readonly (string | number)[]): Accuracy {
  const outcomes = samples.map((s) => ({ task: s.task, cluster: clusterOf(s), correct: s.outcome === "correct" }));
  const { estimate, low, high, clusters } = bootstrapAccuracy(outcomes, { random: new Random(seed, "bootstrap", ...key) });
  return { n: samples.length, clusters, tasks: new Set(samples.map((s) => s.task)).size, accuracy: estimate, ci95: [low, high] };
}

function strictAverage(cells: readonly Cell[]): number | null {
  const strict = cells.map((cell) => cell.strictAccuracy);
  return strict.some((x) => x === null) ? null : strict.reduce<number>((sum, x) => sum + x!, 0) / strict.length;
}

/** One average per arm and shots, over the tasks that have samples; the paper's figure stands beside it where all ten have. */
export function averagesOf(samples: readonly Sample[], cells: readonly Cell[], seed: number): Average[] {
  return [...groupBy(samples, (s) => `${s.arm}/${s.shots}`).values()].map((group): Average => {
    const { arm, shots } = group[0]!, own = cells.filter((cell) => cell.arm === arm && cell.shots === shots), accuracy = accuracyOf(group, seed, arm, shots);
    const published = accuracy.tasks === tasks.length ? publishedFor(arm, shots) : null;
    return { arm, shots, ...accuracy, strictAccuracy: strictAverage(own), invalid: own.reduce((sum, cell) => sum + cell.invalid, 0), published };
  }).sort((a, b) => compareArms(a.arm, b.arm) || a.shots - b.shots);
}
