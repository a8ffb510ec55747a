/** What bench:compose is asked to do. */
import { UserError } from "../../files/userError.ts";
import { choice, integer, some, stages, type BenchCobsatOptions, type Request } from "../benchCobsat/options.ts";
import { mergePlans, type PlannedCell } from "../runs/plan.ts";
import { composeArm, composeArmNames, samplesOf } from "./arms.ts";
import { mostCases } from "./cases.ts";
import { composeTasks, taskNamed, type TaskName } from "./tasks.ts";

export interface BenchComposeOptions extends Omit<BenchCobsatOptions, "shots" | "tasks"> {
  /** I, I+T, 2I, 2I+T; all by default. */
  readonly tasks?: readonly string[];
  /** Cases of each task; the profile's number by default. */
  readonly samples?: number;
}

/** Options checked and filled in. */
export type ComposeRequest = Omit<Request, "shots" | "tasks"> & { readonly tasks: readonly TaskName[] };

/** Checks every option; a UserError of exit code 2 names the first that cannot be used and what can. */
export function composeRequest({ profile, ...options }: BenchComposeOptions, known: readonly string[] = composeArmNames): ComposeRequest {
  if (!profile.compose) throw new UserError(`bench:compose: its cases are pictures of the micro world, whose attributes are known; the ${profile.name} profile has none`, 2);
  const tasks = some("tasks", (options.tasks ?? composeTasks.map(({ name }) => name)).map((task) => choice("tasks", task, composeTasks.map(({ name }) => name))));
  const arms = some("arms", (options.arms ?? known).map((arm) => choice("arms", arm, known)));
  const cases = integer("samples", options.samples ?? profile.compose.cases, 1, mostCases), { shard } = options;
  if (shard && !(integer("shard", shard.count, 1) >= integer("shard", shard.index, 1))) throw new UserError(`--shard ${shard.index}/${shard.count}: expected i/n with i from 1 to n`, 2);
  const plan = arms.map(composeArm).flatMap((arm) => tasks.map(taskNamed).filter((task) => arm.only?.(task) ?? true).map((task): PlannedCell => ({ arm: arm.name, shots: task.images, task: task.name, prompts: samplesOf(arm, cases) })));
  if (plan.length === 0) throw new UserError(`--arms ${arms.join()}: none of them takes ${tasks.join()}`, 2);
  return {
    tasks, arms, shard, plan: mergePlans([], plan),
    seed: integer("seed", options.seed ?? 42, 0), steps: integer("steps", options.steps ?? profile.sampler.steps, 1),
    out: options.out ?? `reports/compose-${profile.name}`,
    last: options.stage === undefined ? "judge" : choice("stage", options.stage, stages),
    device: options.device ?? "cpu", engine: options.engine ?? "ort",
  };
}
