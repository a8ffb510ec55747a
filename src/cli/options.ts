/** The options that commands share, each read and checked in one place; a wrong value is a UserError of exit code 2 that lists the known ones. */
import { promptCount } from "../cobsat/prompts.ts";
import { tasks, type Task } from "../cobsat/tasks.ts";
import { UserError } from "../files/userError.ts";
import { armNames } from "../harness/benchCobsat/arms.ts";
import { stages } from "../harness/benchCobsat/options.ts";
import { devices, engines } from "../harness/executor.ts";
import type { Shard } from "../harness/runs/plan.ts";

const wrong = (message: string): UserError => new UserError(message, 2);

/** The last of the values where an option was given several times. */
const single = (value: unknown): string => String(Array.isArray(value) ? value.at(-1) : value).trim();

/** Comma-separated values, repeated options included; empty ones are dropped. */
export const listed = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).flatMap((part) => String(part).split(",")).map((part) => part.trim()).filter((part) => part !== "");

function whole(name: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || number > most) throw wrong(`--${name}: ${JSON.stringify(text)} is not a whole number ${most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`}`);
  return number;
}

/** An option that takes one of a few words. */
export const choice = <T extends string>(name: string, values: readonly T[], describe: string) => ({
  string: true as const,
  describe: `${describe}: ${values.join(" | ")}`,
  coerce: (given: unknown): T => {
    const text = single(given), found = values.find((value) => value === text);
    if (found === undefined) throw wrong(`--${name}: ${JSON.stringify(text)} is unknown; known are ${values.join(", ")}`);
    return found;
  },
});

/** An option that takes some of a few words, in the order known, each once. */
export const choices = <T extends string>(name: string, values: readonly T[], describe: string) => ({
  string: true as const,
  describe: `${describe}, of ${values.join(", ")}`,
  coerce: (given: unknown): T[] => {
    const words = listed(given), unknown = words.find((word) => !(values as readonly string[]).includes(word));
    if (unknown !== undefined || words.length === 0) throw wrong(`--${name}: ${JSON.stringify(unknown ?? "")} is unknown; known are ${values.join(", ")}`);
    return values.filter((value) => words.includes(value));
  },
});

/** An option that takes a whole number. */
export const count = (name: string, describe: string, least = 0, most?: number) => ({ string: true as const, describe, coerce: (given: unknown): number => whole(name, single(given), least, most) });

/** An option that takes a number from 0. */
export const decimal = (name: string, describe: string) => ({
  string: true as const, describe,
  coerce: (given: unknown): number => {
    const text = single(given), number = Number(text);
    if (text === "" || !Number.isFinite(number) || number < 0) throw wrong(`--${name}: ${JSON.stringify(text)} is not a number from 0`);
    return number;
  },
});

function readTasks(given: unknown): Task[] {
  const chosen = new Set(listed(given).flatMap((word): Task[] => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(word) ?? [], named = tasks.filter(({ name }) => name.toLowerCase() === word.toLowerCase());
    const found = first === undefined ? named : tasks.filter(({ id }) => id >= Number(first) && id <= Number(last ?? first));
    const asked = first === undefined ? 1 : Number(last ?? first) - Number(first) + 1;
    if (found.length === 0 || found.length !== asked) throw wrong(`--tasks: ${JSON.stringify(word)} is unknown; known are 1-${tasks.length} and ${tasks.map(({ name }) => name).join(", ")}`);
    return found;
  }));
  if (chosen.size === 0) throw wrong(`--tasks: none given; known are 1-${tasks.length} and ${tasks.map(({ name }) => name).join(", ")}`);
  return tasks.filter((task) => chosen.has(task));
}

/** Ten values leave room for eight demonstrations; the paper has 2 and 4. */
const knownShots = [1, 2, 3, 4, 5, 6, 7, 8];

function readShots(given: unknown): number[] {
  const shots = listed(given).map((word) => {
    if (!knownShots.map(String).includes(word)) throw wrong(`--shots: ${JSON.stringify(word)} is unknown; known are ${knownShots.join(", ")}`);
    return Number(word);
  });
  if (shots.length === 0) throw wrong(`--shots: none given; known are ${knownShots.join(", ")}`);
  return knownShots.filter((k) => shots.includes(k));
}

function readShard(given: unknown): Shard {
  const text = single(given), [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (index === undefined || Number(index) < 1 || Number(index) > Number(of)) throw wrong(`--shard: ${JSON.stringify(text)} is not i/n with i from 1 to n, such as 1/2`);
  return { index: Number(index), count: Number(of) };
}

/** Every shared option by name: together those of a run of the CoBSAT benchmark. */
export const options = {
  profile: { string: true, describe: "whose models and data: micro | paper", default: "micro", coerce: single },
  models: { string: true, describe: "paper: the folder of the published models, as owner/name (default: Hugging Face's cache)", coerce: single },
  datasets: { string: true, describe: "paper: CoBSAT's datasets folder (default: data/cobsat/datasets)", coerce: single },
  pictures: { string: true, describe: "pictures to train the aligner on: a folder of them, or WebDataset shards (.tar) (default: micro's own; paper: data/pictures)", coerce: single },
  arms: { ...choices("arms", armNames, "arms to score"), defaultDescription: "all" },
  shots: { string: true, describe: "demonstrations before the query, such as 2,4", coerce: readShots },
  tasks: { string: true, describe: "CoBSAT's tasks by number or name, such as 1-10 or Color-I,Style-II", coerce: readTasks },
  samples: count("samples", `prompts per task and shot: the first so many of the official list of ${promptCount}`, 1, promptCount),
  seed: count("seed", "the run's seed"),
  seeds: { ...count("seeds", "training seeds of every arm that is trained", 1), defaultDescription: "1" },
  steps: count("steps", "the sampler's steps", 1),
  engine: { ...choice("engine", engines, "what runs graphs"), default: "ort" as const },
  device: { ...choice("device", [...devices, "wasm", "auto"], "where graphs run; auto takes the fastest that computes rightly"), default: "cpu" as const },
  stage: choice("stage", stages, "stop after this part"),
  shard: { string: true, describe: "this process's part of the work, i/n", coerce: readShard },
  out: { string: true, describe: "the run folder", coerce: single },
  json: { boolean: true, default: false, describe: "print the summary as JSON on stdout, and nothing else there" },
} as const;

/** For commands that a judging server may be paid for. */
export const paying = {
  "price-per-question": decimal("price-per-question", "what a judging server takes for an answer, of which a picture needs two"),
  yes: { boolean: true, default: false, describe: "go on at the estimated cost without being asked" },
} as const;

/** For commands that go on with a run folder. */
export const continuing = {
  "continue-with-other-code": { boolean: true, default: false, describe: "go on with a run that other source code began" },
} as const;
