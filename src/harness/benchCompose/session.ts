/** What the stages of one sitting share, and the blocks of cases they work on. */
import type { Executor } from "../../graph/executor.ts";
import type { Profile } from "../profile.ts";
import { plannedSamples, type PlannedCell, type PlannedSample, type Shard } from "../runs/plan.ts";
import type { Run } from "../runs/run.ts";
import type { StageClock } from "../benchCobsat/clock.ts";
import type { Frozen } from "../benchCobsat/frozen.ts";
import type { ArmExperiment } from "../benchCobsat/needs.ts";
import { caseOf, composeArm, type ComposeArm } from "./arms.ts";
import type { CaseSource } from "./cases.ts";
import type { TaskName } from "./tasks.ts";
import type { ComposeLine } from "./lines.ts";
import type { ComposeRequest } from "./options.ts";

export interface ComposeSession {
  readonly run: Run<ComposeLine>;
  readonly request: ComposeRequest;
  readonly cases: CaseSource;
  readonly profile: Profile;
  readonly executor: Executor;
  readonly frozen: Frozen;
  readonly clock: StageClock;
  readonly blocks: readonly CaseBlock[];
  /** The aligners that the unfinished samples need. */
  readonly trainings: readonly ArmExperiment[];
  readonly retrain: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Cases [first, first + casesAtOnce) of a task as far as there are any, planned or not, and the samples planned of them in the plan's order. */
export interface CaseBlock {
  readonly task: TaskName;
  readonly first: number;
  readonly cases: readonly number[];
  readonly planned: readonly PlannedSample[];
}

/** Cases whose images the LVLM reads together, and among which the control of another case's images finds one. */
export const casesAtOnce = 8;

const caseIndex = ({ arm, prompt }: PlannedSample): number => caseOf(composeArm(arm), prompt).index;

/** The blocks that a plan touches, in its order; a shard has every n-th of them. */
export function caseBlocks(plan: readonly PlannedCell[], { count }: Pick<CaseSource, "count">, shard: Shard = { index: 1, count: 1 }): CaseBlock[] {
  const blocks = new Map<string, PlannedSample[]>();
  for (const sample of plannedSamples(plan)) {
    const key = JSON.stringify([sample.task, Math.floor(caseIndex(sample) / casesAtOnce)]), block = blocks.get(key);
    if (block) block.push(sample);
    else blocks.set(key, [sample]);
  }
  return [...blocks.values()].filter((_, i) => i % shard.count === shard.index - 1).map((planned) => {
    const first = Math.floor(caseIndex(planned[0]!) / casesAtOnce) * casesAtOnce, task = planned[0]!.task as TaskName;
    return { task, first, planned, cases: Array.from({ length: Math.min(casesAtOnce, count(task) - first) }, (_, i) => first + i) };
  });
}

/** A sample, its arm, its case and its noise. */
export interface OpenSample {
  readonly sample: PlannedSample;
  readonly arm: ComposeArm;
  readonly index: number;
  readonly noise: number;
}

/** An arm whose aligner was trained with a further seed. */
const seeded = (arm: ComposeArm, seed: number | undefined): ComposeArm =>
  (seed === undefined || arm.condition.kind !== "aligned" ? arm : { ...arm, condition: { ...arm.condition, aligner: `${arm.condition.aligner}/${seed}` } });

/** What tells finished samples. */
export interface Finished { readonly samples: { has(id: string): boolean } }

/** A block's samples without a line. */
export const openIn = ({ run }: { readonly run: Finished }, { planned }: CaseBlock): OpenSample[] =>
  planned.filter(({ id }) => !run.samples.has(id)).map((sample) => {
    const arm = seeded(composeArm(sample.arm), sample.trainingSeed);
    return { sample, arm, ...caseOf(arm, sample.prompt) };
  });

/** Samples that FLUX has still to draw: those of arms that draw, but for pictures that wait for the judges. */
export const undrawnOf = (open: readonly OpenSample[], waiting: { has(id: string): boolean }): OpenSample[] => open.filter(({ arm, sample }) => arm.condition.kind !== "picture" && !waiting.has(sample.id));
