import { bridgeOf } from "../../ablations/flux-noise.ts";
import { ablations } from "../../ablations/index.ts";
import { thinkDiffClip } from "../../ablations/thinkdiff-clip.ts";
import { publishedFor } from "../../cobsat/published.ts";
import { taskOf } from "../../cobsat/tasks.ts";
import { groupBy } from "../groupBy.ts";
import type { Sample } from "../runs/samples.ts";
import { wilson } from "../statistics/wilson.ts";
import type { Cell } from "./types.ts";

/** Arms in the order of the ladder from top to bottom; ablations follow in the order of their registry, others by name. */
export const rungOrder: readonly string[] = ["real-image", "true-caption", "lvlm-text", "text-bridge", "decoder-text", "thinkdiff-lvlm", "untrained-aligner", "shuffled-features"];

const order: ReadonlyMap<string, number> = new Map([...new Set([...rungOrder, thinkDiffClip.name, ...ablations.flatMap(({ name }) => [name, bridgeOf(name)])])].map((arm, i) => [arm, i]));

/** Compares two arms by that order. */
export function compareArms(a: string, b: string): number {
  const place = (arm: string): number => order.get(arm) ?? order.size;
  return place(a) - place(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function cellOf(samples: readonly Sample[]): Cell {
  const { arm, shots, task } = samples[0]!, n = samples.length;
  const count = (test: (sample: Sample) => boolean): number => samples.filter(test).length;
  const correct = count((s) => s.outcome === "correct"), invalid = count((s) => s.outcome === "invalid"), { low, high } = wilson(correct, n);
  return {
    arm, shots, task, taskId: taskOf(task).id, n, correct, wrong: n - correct - invalid, invalid,
    missed: { given: count((s) => s.missed === "given"), inferred: count((s) => s.missed === "inferred"), both: count((s) => s.missed === "both") },
    accuracy: correct / n, strictAccuracy: n > invalid ? correct / (n - invalid) : null, ci95: [low, high],
    published: publishedFor(arm, shots, task),
  };
}

/** One cell per arm, shots and task that has samples, in that order. */
export const cellsOf = (samples: readonly Sample[]): Cell[] =>
  [...groupBy(samples, (s) => `${s.arm}/${s.shots}/${s.task}`).values()].map(cellOf)
    .sort((a, b) => compareArms(a.arm, b.arm) || a.shots - b.shots || a.taskId - b.taskId);
