/** What a run was asked to score, and what of it remains: pure functions of the plan and the finished ids. */
import { z } from "zod";

/** The first `prompts` prompts of the official list, for an arm (of one training seed where it has several), a number of shots and a task. */
export const plannedCellSchema = z.strictObject({ arm: z.string(), trainingSeed: z.int().optional(), shots: z.int(), task: z.string(), prompts: z.int().min(0) });

export type PlannedCell = z.infer<typeof plannedCellSchema>;

/** One sample to score. */
export interface PlannedSample {
  readonly id: string;
  readonly arm: string;
  readonly trainingSeed?: number | undefined;
  readonly shots: number;
  readonly task: string;
  readonly prompt: number;
}

/** A part of a run for one process: `index` counts from 1 to `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A sample's id, "thinkdiff-lvlm/2/Color-I/17"; where an arm was trained with several seeds, that seed follows. */
export const sampleId = (arm: string, shots: number, task: string, prompt: number, trainingSeed?: number): string =>
  `${arm}/${shots}/${task}/${prompt}${trainingSeed === undefined ? "" : `/${trainingSeed}`}`;

/** Two plans in one: every cell of either, with the larger number of prompts. */
export function mergePlans(earlier: readonly PlannedCell[], later: readonly PlannedCell[]): PlannedCell[] {
  const merged = new Map<string, PlannedCell>();
  for (const cell of [...earlier, ...later]) {
    const key = JSON.stringify([cell.arm, cell.trainingSeed, cell.shots, cell.task]), known = merged.get(key);
    if (!known || known.prompts < cell.prompts) merged.set(key, cell);
  }
  return [...merged.values()];
}

/** Every sample of a plan, cell by cell. */
export const plannedSamples = (plan: readonly PlannedCell[]): PlannedSample[] =>
  plan.flatMap(({ arm, trainingSeed, shots, task, prompts }) =>
    Array.from({ length: prompts }, (_, prompt) => ({ id: sampleId(arm, shots, task, prompt, trainingSeed), arm, trainingSeed, shots, task, prompt })));

/** A plan's samples that are not finished, in the plan's order. */
export const remainingSamples = (plan: readonly PlannedCell[], finished: { has(id: string): boolean }): PlannedSample[] =>
  plannedSamples(plan).filter((sample) => !finished.has(sample.id));

/** Consecutive prompts of the list for one task and number of shots: what is computed together, whatever is finished. */
export interface Block {
  readonly shots: number;
  readonly task: string;
  /** Every planned prompt of the block, finished or not, ascending. */
  readonly prompts: readonly number[];
  /** The samples, of any arm, that are still to be scored; never empty. */
  readonly remaining: readonly PlannedSample[];
}

/**
 * Splits a plan into blocks of `size` prompts of the list, the same for every arm, and keeps those of the shard with something left to do.
 * Which prompts share a block depends on the plan alone, so an interrupted or sharded run batches as an undisturbed one does.
 */
export function remainingBlocks(plan: readonly PlannedCell[], finished: { has(id: string): boolean }, size: number, shard: Shard = { index: 1, count: 1 }): Block[] {
  const blocks = new Map<string, { shots: number; task: string; prompts: Set<number>; remaining: PlannedSample[] }>();
  for (const sample of plannedSamples(plan)) {
    const key = `${sample.shots}/${sample.task}/${Math.floor(sample.prompt / size)}`;
    const block = blocks.get(key) ?? { shots: sample.shots, task: sample.task, prompts: new Set(), remaining: [] };
    blocks.set(key, block);
    block.prompts.add(sample.prompt);
    if (!finished.has(sample.id)) block.remaining.push(sample);
  }
  return [...blocks.values()]
    .filter((block, i) => i % shard.count === shard.index - 1 && block.remaining.length > 0)
    .map((block) => ({ ...block, prompts: [...block.prompts].sort((a, b) => a - b) }));
}
