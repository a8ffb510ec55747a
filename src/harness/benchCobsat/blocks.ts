/** Prompts computed together. A block is a fixed stretch of the official list, whatever was asked for and whatever is finished, so that batches never depend on either. */
import { promptCount } from "../../cobsat/prompts.ts";
import { Random } from "../../random/random.ts";
import { plannedSamples, type PlannedCell, type PlannedSample, type Shard } from "../runs/plan.ts";

/** All prompts [first, first + size) of a task at a number of shots, planned or not. */
export interface PromptBlock {
  readonly shots: number;
  readonly task: string;
  readonly first: number;
  readonly prompts: readonly number[];
  /** Planned samples of the block in this shard, finished or not, in the plan's order. */
  readonly planned: readonly PlannedSample[];
}

/** The blocks that a plan touches, in its order; a shard has every n-th of them. */
export function promptBlocks(plan: readonly PlannedCell[], size: number, shard: Shard = { index: 1, count: 1 }): PromptBlock[] {
  const blocks = new Map<string, PlannedSample[]>();
  for (const sample of plannedSamples(plan)) {
    const key = JSON.stringify([sample.shots, sample.task, Math.floor(sample.prompt / size)]), block = blocks.get(key);
    if (block) block.push(sample);
    else blocks.set(key, [sample]);
  }
  return [...blocks.values()].filter((_, i) => i % shard.count === shard.index - 1).map((planned) => {
    const { shots, task, prompt } = planned[0]!, first = Math.floor(prompt / size) * size;
    return { shots, task, first, planned, prompts: Array.from({ length: Math.min(size, promptCount - first) }, (_, i) => first + i) };
  });
}

/** For each place of a block another one, whose features "shuffled-features" takes: a random permutation in one cycle, so nobody keeps its own. A block of one keeps it. */
export function otherPlaces({ shots, task, first, prompts }: Pick<PromptBlock, "shots" | "task" | "first" | "prompts">, seed: number): number[] {
  const order = new Random(seed, "shuffled features", shots, task, first).shuffle(prompts.map((_, i) => i)), others: number[] = [];
  order.forEach((place, i) => { others[place] = order[(i + 1) % order.length]!; });
  return others;
}
