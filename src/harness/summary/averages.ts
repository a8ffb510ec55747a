import { publishedFor } from "../../cobsat/published.ts";
import { tasks } from "../../cobsat/tasks.ts";
import { Random } from "../../random/random.ts";
import { groupBy } from "../groupBy.ts";
import { clusterOf, type Sample } from "../runs/samples.ts";
import { bootstrapAccuracy } from "../statistics/bootstrap.ts";
import { compareArms } from "./cells.ts";
import type { Accuracy, Average } from "./types.ts";

/** The mean of the task accuracies with its cluster-bootstrap interval; the resamples follow from the seed and `key`. At least one sample. */
export function accuracyOf(samples: readonly Sample[], seed: number, ...key: readonly (string | number)[]): Accuracy {
  const outcomes = samples.map((s) => ({ task: s.task, cluster: clusterOf(s), correct: s.outcome === "correct" }));
  const { estimate, low, high, clusters } = bootstrapAccuracy(outcomes, { random: new Random(seed, "bootstrap", ...key) });
  return { n: samples.length, clusters, tasks: new Set(samples.map((s) => s.task)).size, accuracy: estimate, ci95: [low, high] };
}

/** One average per arm and shots, over the tasks that have samples; the paper's figure stands beside it where all ten have. */
export function averagesOf(samples: readonly Sample[], seed: number): Average[] {
  return [...groupBy(samples, (s) => `${s.arm}/${s.shots}`).values()].map((group): Average => {
    const { arm, shots } = group[0]!, valid = group.filter((s) => s.outcome !== "invalid"), all = accuracyOf(group, seed, arm, shots);
    const strict = valid.length === group.length ? all : valid.length > 0 ? accuracyOf(valid, seed, arm, shots) : undefined;
    const published = all.tasks === tasks.length ? publishedFor(arm, shots) : null;
    return { arm, shots, ...all, strictAccuracy: strict?.accuracy ?? null, strictCi95: strict?.ci95 ?? null, invalid: group.length - valid.length, published };
  }).sort((a, b) => compareArms(a.arm, b.arm) || a.shots - b.shots);
}
