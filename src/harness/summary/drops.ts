import { Random } from "../../random/random.ts";
import { clusterOf, type Sample } from "../runs/samples.ts";
import { bootstrapDifference } from "../statistics/bootstrap.ts";
import type { Drop } from "./types.ts";

/** Pairs of rungs that differ in one thing. */
const comparisons: readonly (readonly [from: string, to: string])[] = [
  ["real-image", "true-caption"],
  ["true-caption", "text-bridge"],
  ["lvlm-text", "decoder-text"],
  ["text-bridge", "thinkdiff-lvlm"],
  ["thinkdiff-lvlm", "untrained-aligner"],
  ["thinkdiff-lvlm", "shuffled-features"],
];

/** The drops at each number of shots between rungs that answered the same prompts, in the order of the comparisons. */
export function dropsOf(samples: readonly Sample[], seed: number): Drop[] {
  const byId = new Map(samples.map((sample) => [sample.id, sample])), drops: Drop[] = [];
  for (const shots of [...new Set(samples.map((sample) => sample.shots))].sort((a, b) => a - b)) {
    for (const [from, to] of comparisons) {
      const pairs = samples.filter((sample) => sample.arm === from && sample.shots === shots).flatMap((first) => {
        const second = byId.get(`${to}${first.id.slice(from.length)}`);
        return second ? [{ task: first.task, cluster: clusterOf(first), first: first.outcome === "correct", second: second.outcome === "correct" }] : [];
      });
      if (pairs.length === 0) continue;
      const { estimate, low, high } = bootstrapDifference(pairs, { random: new Random(seed, "bootstrap", from, to, shots) });
      drops.push({ from, to, shots, n: pairs.length, drop: estimate, ci95: [low, high] });
    }
  }
  return drops;
}
