/** Fine-tuned copies of base models, made when an experiment needs them. */
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { sha256FileOnce } from "../files/sha256.ts";
import { UserError } from "../files/userError.ts";
import type { Executor } from "../graph/executor.ts";
import type { Copies, ModelCopy } from "../micro/pretraining/copies.ts";
import type { Profile } from "./profile.ts";
import { startProgress, type Progress } from "./progress.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import { giveLock, takeLock } from "./runs/lock.ts";
import type { Run } from "./runs/run.ts";

/** A profile's copies; a UserError where it has none, which only micro has. */
export function copiesOfProfile({ copies, name }: Pick<Profile, "copies" | "name">): Copies {
  if (!copies) throw new UserError(`the ${name} profile has no recipes to fine-tune its base models by; experiments on copies of them run in the micro profile`, 2);
  return copies;
}

/** The folder of a copy, made now if it is not there, with its weights on the run's record; a UserError where another process is making it, or where the run used other weights. */
export async function readyCopy(copy: ModelCopy, executor: Executor, run: Pick<Run, "recordCopy">, signal?: AbortSignal): Promise<string> {
  const folder = await madeCopy(copy, executor, signal);
  run.recordCopy(copy.name, Object.fromEntries(openCheckpoint(folder).files.map(({ path }) => [basename(path), sha256FileOnce(path)])));
  return folder;
}

async function madeCopy(copy: ModelCopy, executor: Executor, signal?: AbortSignal): Promise<string> {
  if (copy.made()) return copy.folder;
  mkdirSync(copy.folder, { recursive: true });
  const lock = join(copy.folder, "lock"), holder = takeLock(lock);
  if (holder !== undefined) throw new UserError(`${copy.folder}: ${copy.name} is being made by ${holder}; wait for it`);
  let progress: Progress | undefined;
  try {
    await copy.make({ executor, progress: () => {}, onStep: (step, steps) => (progress ??= startProgress(`making ${copy.name}`, steps, { alreadyDone: step })).at(step + 1), ...(signal ? { signal } : {}) });
  } finally {
    progress?.finish();
    giveLock(lock);
  }
  return copy.folder;
}
