/** What the stages of one sitting share. */
import type { Executor } from "../../graph/executor.ts";
import type { Profile } from "../profile.ts";
import type { Run } from "../runs/run.ts";
import type { PlannedSample } from "../runs/plan.ts";
import type { Frozen } from "./aligners.ts";
import type { DrawnArm } from "./arms.ts";
import type { PromptBlock } from "./blocks.ts";
import type { StageClock } from "./clock.ts";
import type { ArmExperiment } from "./needs.ts";
import type { Request } from "./options.ts";

export interface Session {
  readonly run: Run;
  readonly request: Request;
  readonly profile: Profile;
  readonly executor: Executor;
  readonly frozen: Frozen;
  readonly clock: StageClock;
  /** The arms that can draw, in the order they do. */
  readonly arms: readonly DrawnArm[];
  /** This shard's blocks of what was asked for now. */
  readonly blocks: readonly PromptBlock[];
  /** The aligners that the unfinished samples need. */
  readonly trainings: readonly ArmExperiment[];
  readonly retrain: boolean;
  readonly signal: AbortSignal | undefined;
}

/** The work was stopped from outside; what is finished is on disk. */
export class Interrupted extends Error {}

/** Called before each piece of work; throws Interrupted once the signal has come. */
export function goOn({ signal }: Pick<Session, "signal">): void {
  if (signal?.aborted) throw new Interrupted("interrupted");
}

/** A block's samples without a line, of the arms that `wanted` accepts. */
export const openSamples = ({ run }: { readonly run: Pick<Run, "samples"> }, block: PromptBlock, wanted: (arm: string, trainingSeed: number | undefined) => boolean): PlannedSample[] =>
  block.planned.filter((sample) => wanted(sample.arm, sample.trainingSeed) && !run.samples.has(sample.id));
