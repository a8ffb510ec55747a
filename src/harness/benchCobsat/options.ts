/** What bench:cobsat is asked to do. */
import { promptCount } from "../../cobsat/prompts.ts";
import { tasks } from "../../cobsat/tasks.ts";
import { UserError } from "../../files/userError.ts";
import { mergePlans, type PlannedCell, type Shard } from "../runs/plan.ts";
import type { Profile } from "../profile.ts";
import type { Confirmation, Prices } from "./costs.ts";
import { armNames, defaultArms, isCheap } from "./arms.ts";
import { baselineTrainings, seededPlan } from "./trainings.ts";

/** Parts of the work in order; a run may stop after one of them. */
export const stages = ["features", "train", "generate", "judge"] as const;
export type StageName = (typeof stages)[number];

/** Whether a request goes as far as a stage. */
export const reaches = ({ last }: { readonly last: StageName }, stage: StageName): boolean => stages.indexOf(last) >= stages.indexOf(stage);

export interface BenchCobsatOptions extends Confirmation {
  readonly profile: Profile;
  /** Demonstrations a prompt; 2 and 4 by default. */
  readonly shots?: readonly number[];
  /** Ids or names; all ten by default. */
  readonly tasks?: readonly (number | string)[];
  /** Prompts of each task and number of shots, on every arm; by default the profile's two numbers, one for arms that draw and one for cheap rungs. */
  readonly samples?: number;
  readonly arms?: readonly string[];
  /** 42 by default. */
  readonly seed?: number;
  /** Training seeds of every arm that is trained; 1 by default. */
  readonly seeds?: number;
  /** Sampler steps; the profile's by default. */
  readonly steps?: number;
  /** The run folder; reports/cobsat-<profile> by default. */
  readonly out?: string;
  readonly shard?: Shard;
  /** Stop after this part; go to the end by default. */
  readonly stage?: string;
  readonly device?: string;
  readonly engine?: string;
  /** Threads within an op; all cores by default. */
  readonly threads?: number;
  /** Train the aligner here even where one of the same identity exists. */
  readonly retrain?: boolean;
  readonly continueWithOtherCode?: boolean;
  /** What servers take: for a picture, and for a judge's answer to one question. */
  readonly prices?: Prices;
  /** The command line's arguments, as they go into run.json. */
  readonly arguments?: Readonly<Record<string, string | number | boolean | null>>;
  /** Once aborted nothing more is begun; what is finished is on disk. */
  readonly signal?: AbortSignal;
}

/** Options checked and filled in. */
export interface Request {
  readonly shots: readonly number[];
  readonly tasks: readonly string[];
  readonly arms: readonly string[];
  readonly seed: number;
  readonly steps: number;
  readonly out: string;
  readonly shard: Shard | undefined;
  readonly last: StageName;
  readonly device: string;
  readonly engine: string;
  readonly plan: readonly PlannedCell[];
}

const mostShots = 8;

const wrong = (message: string): never => { throw new UserError(message, 2); };

/** A whole number within bounds, or a UserError of exit code 2 that names the option. */
export function integer(option: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < least || value > most) wrong(`--${option}: expected a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}, found ${value}`);
  return value;
}

/** One of the known words, or a UserError that lists them. */
export function choice<T extends string>(option: string, value: string, known: readonly T[]): T {
  return known.find((name) => name === value) ?? wrong(`--${option}: unknown ${JSON.stringify(value)}; expected ${known.length > 1 ? `one of ${known.join(", ")}` : known[0]!}`);
}

/** At least one value, each once. */
export function some<T>(option: string, values: readonly T[]): readonly T[] {
  return values.length > 0 ? [...new Set(values)] : wrong(`--${option}: nothing is named`);
}

function taskName(idOrName: number | string): string {
  const found = tasks.find((task) => task.id === idOrName || task.name === idOrName);
  return found?.name ?? wrong(`--tasks: no CoBSAT task ${JSON.stringify(idOrName)}; expected ids 1 to 10 or names such as ${tasks[0]!.name}`);
}

/** Checks every option; a UserError of exit code 2 names the first that cannot be used and what can. */
export function requestOf({ profile, ...options }: BenchCobsatOptions): Request {
  const shots = some("shots", (options.shots ?? [2, 4]).map((k) => integer("shots", k, 1, mostShots)));
  const names = some("tasks", (options.tasks ?? tasks.map(({ id }) => id)).map(taskName));
  const arms = some("arms", (options.arms ?? defaultArms).map((arm) => choice("arms", arm, armNames)));
  const samples = options.samples === undefined ? undefined : integer("samples", options.samples, 1, promptCount);
  const { shard } = options;
  if (shard && !(integer("shard", shard.count, 1) >= integer("shard", shard.index, 1))) wrong(`--shard ${shard.index}/${shard.count}: expected i/n with i from 1 to n`);
  const plan = arms.flatMap((arm) => shots.flatMap((k) => names.map((task): PlannedCell =>
    ({ arm, shots: k, task, prompts: samples ?? (isCheap(arm) ? profile.samples.cheap : profile.samples.drawn) }))));
  return {
    shots, tasks: names, arms, shard, plan: seededPlan(mergePlans([], plan), baselineTrainings(profile, options.seeds)),
    seed: integer("seed", options.seed ?? 42, 0), steps: integer("steps", options.steps ?? profile.sampler.steps, 1),
    out: options.out ?? `reports/cobsat-${profile.name}`,
    last: options.stage === undefined ? "judge" : choice("stage", options.stage, stages),
    device: options.device ?? "cpu", engine: options.engine ?? "ort",
  };
}
