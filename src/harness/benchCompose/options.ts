/** What bench:compose is asked to do. */
import { UserError } from "../../files/userError.ts";
import { choice, integer, some, stages, type BenchCobsatOptions, type Request } from "../benchCobsat/options.ts";
import { drawingCompositions, type Profile } from "../profile.ts";
import { mergePlans, type PlannedCell } from "../runs/plan.ts";
import { composeArm, composeArmNames, needsTarget, samplesOf, type ComposeArm } from "./arms.ts";
import { mostCases, worldCases, type CaseSource } from "./cases.ts";
import { folderCases } from "./folderCases.ts";
import { composeTasks, taskNamed, type ComposeTask, type TaskName } from "./tasks.ts";

/** Whether an arm takes another case's images, so that one case is too few. */
const takesAnother = ({ condition }: ComposeArm): boolean => condition.kind === "aligned" && condition.images === "another";

export interface BenchComposeOptions extends Omit<BenchCobsatOptions, "shots" | "tasks"> {
  /** I, I+T, 2I, 2I+T; all by default. */
  readonly tasks?: readonly string[];
  /** Cases of each task, as far as there are so many; the profile's number by default. */
  readonly samples?: number;
}

/** Options checked and filled in. */
export type ComposeRequest = Omit<Request, "shots" | "tasks"> & { readonly tasks: readonly TaskName[] };

/** A profile as compositions are scored with it: judges only where they know what to ask. */
export const composeProfile = (profile: Profile, { known }: Pick<CaseSource, "known">): Profile => ({ ...drawingCompositions(profile), ...(known ? {} : { judges: [] }) });

/** The cases of a profile. */
export const casesOf = ({ compose: { folder } }: Profile): CaseSource => (folder === undefined ? worldCases() : folderCases(folder));

/** Checks every option; a UserError of exit code 2 names the first that cannot be used and what can. */
export function composeRequest({ profile, ...options }: BenchComposeOptions, source: CaseSource, known: readonly string[] = composeArmNames): ComposeRequest {
  const tasks = some("tasks", (options.tasks ?? composeTasks.map(({ name }) => name)).map((task) => choice("tasks", task, composeTasks.map(({ name }) => name))));
  const arms = some("arms", (options.arms ?? known).map((arm) => choice("arms", arm, known)));
  const cases = integer("samples", options.samples ?? profile.compose.cases, 1, mostCases), { shard } = options;
  if (shard && !(integer("shard", shard.count, 1) >= integer("shard", shard.index, 1))) throw new UserError(`--shard ${shard.index}/${shard.count}: expected i/n with i from 1 to n`, 2);
  const blind = source.known ? undefined : options.arms?.map(composeArm).find(needsTarget);
  if (blind) throw new UserError(`--arms ${blind.name}: it is given what is in the pictures, and nobody knows that of own cases`, 2);
  const takes = (arm: ComposeArm, task: ComposeTask): boolean => (arm.only?.(task) ?? true) && (source.known || !needsTarget(arm)) && source.count(task.name) > Number(takesAnother(arm));
  const plan = arms.map(composeArm).flatMap((arm) => tasks.map(taskNamed).filter((task) => takes(arm, task)).map((task): PlannedCell => ({ arm: arm.name, shots: task.images, task: task.name, prompts: samplesOf(arm, Math.min(cases, source.count(task.name))) })));
  if (plan.length === 0) throw new UserError(`--arms ${arms.join()}: none of them takes ${tasks.join()}${source.known ? "" : `, as far as ${profile.compose.folder} has cases of it`}`, 2);
  return {
    tasks, arms, shard, plan: mergePlans([], plan),
    seed: integer("seed", options.seed ?? 42, 0), steps: integer("steps", options.steps ?? profile.sampler.steps, 1),
    out: options.out ?? `reports/compose-${profile.name}`,
    last: options.stage === undefined ? "judge" : choice("stage", options.stage, stages),
    device: options.device ?? "cpu", engine: options.engine ?? "ort",
  };
}
