/** What the stages of one sitting share. */
import type { ImageServer } from "../../cobsat/imageServer.ts";
import { UserError } from "../../files/userError.ts";
import type { Executor } from "../../graph/executor.ts";
import type { Profile } from "../profile.ts";
import type { Run } from "../runs/run.ts";
import type { PlannedSample } from "../runs/plan.ts";
import type { DrawnArm } from "./arms.ts";
import type { PromptBlock } from "./blocks.ts";
import type { StageClock } from "./clock.ts";
import type { Frozen } from "./frozen.ts";
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
  /** Draws the arms that a server draws, where there are any. */
  readonly server: ImageServer | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The work was stopped from outside; what is finished is on disk. */
export class Interrupted extends Error {}

/** Called before each piece of work; throws Interrupted once the signal has come. */
export function goOn({ signal }: Pick<Session, "signal">): void {
  if (signal?.aborted) throw new Interrupted("interrupted");
}

/** An error that a full disk caused, in words; any other as it is. */
function diskFull(error: unknown, folder: string): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return new UserError(`${path ?? folder}: the disk is full; free some space and give the same command again, every finished sample is kept`, 1, { cause: error });
}

/** Works on a run, closes it and tells whether the work was interrupted; what failed is thrown. */
export async function sitting(run: { readonly folder: string; close(): void }, signal: AbortSignal | undefined, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof Interrupted || signal?.aborted) return true;
    throw diskFull(error, run.folder);
  } finally {
    run.close();
  }
}

/** A block's samples without a line, of the arms that `wanted` accepts. */
export const openSamples = ({ run }: { readonly run: Pick<Run, "samples"> }, block: PromptBlock, wanted: (arm: string, trainingSeed: number | undefined) => boolean): PlannedSample[] =>
  block.planned.filter((sample) => wanted(sample.arm, sample.trainingSeed) && !run.samples.has(sample.id));
