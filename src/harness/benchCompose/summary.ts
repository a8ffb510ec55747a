/** summary.json of a run of bench:compose, a pure function of run.json, samples.jsonl and losses.jsonl. */
import { UserError } from "../../files/userError.ts";
import { Random } from "../../random/random.ts";
import { ledgerOf } from "../claims/ledger.ts";
import { groupBy } from "../groupBy.ts";
import { readLosses, type LossLine } from "../runs/losses.ts";
import { plannedSamples } from "../runs/plan.ts";
import { requireRecord, type RunRecord } from "../runs/record.ts";
import { readLines } from "../runs/samples.ts";
import { bootstrapAccuracy, bootstrapDifference } from "../statistics/bootstrap.ts";
import { deviation, mean } from "../statistics/moments.ts";
import { trainingOf } from "../summary/training.ts";
import type { Bounds, Claim, StageSummary, TrainingSummary } from "../summary/types.ts";
import { ablationNames, composeArm, knownArmNames, composeMethod } from "./arms.ts";
import { clipClaims } from "./claims.ts";
import { composeTasks, origins, type Origin } from "./tasks.ts";
import { readEmbeddings } from "./embeddings.ts";
import { measuredCells, type MeasuredCell } from "./measured.ts";
import { caseKey, composeSchema, type ComposeLine } from "./lines.ts";

/** A share of pictures, its 95 % interval by resampling cases. */
export interface Rate {
  readonly n: number;
  readonly cases: number;
  readonly rate: number;
  readonly ci95: Bounds;
}

/** An arm on one kind of input. accuracy is the joint rate: all that was asked for is there; an invalid picture has nothing. */
export interface ComposeCell {
  readonly arm: string;
  readonly shots: number;
  readonly task: string;
  readonly n: number;
  readonly cases: number;
  readonly correct: number;
  readonly wrong: number;
  readonly invalid: number;
  readonly accuracy: number;
  readonly strictAccuracy: number | null;
  readonly ci95: Bounds;
  /** By the part of the input that asks for it. */
  readonly attributes: readonly (Rate & { readonly from: Origin })[];
  /** By what it is: object, color ... */
  readonly slots: readonly (Rate & { readonly slot: string })[];
  /** Mean cosine to each input image; null where no picture has one. */
  readonly similarity: readonly number[] | null;
  /** The joint rate as each other judge has it. */
  readonly also: Readonly<Record<string, number>>;
}

/** The joint rate of ThinkDiff-CLIP less that of another arm on the same cases and noises, its interval by resampling cases. */
export interface ComposeDifference {
  readonly arm: string;
  readonly task: string;
  readonly n: number;
  readonly difference: number;
  readonly ci95: Bounds;
}

/** `deviation` is the standard deviation of the rates over seeds, which all drew the same cases from the same noises. */
export interface SeedRates {
  readonly arm: string;
  readonly seeds: readonly (Rate & { readonly seed: number })[];
  readonly mean: number;
  readonly deviation: number;
}

export interface ComposeSummary {
  readonly kind: "compose";
  readonly profile: string;
  readonly seed: number;
  /** Every sample that was asked for is there. */
  readonly complete: boolean;
  readonly planned: number;
  readonly finished: number;
  readonly cells: readonly ComposeCell[];
  /** Joint rates, as means over the kinds of input that an arm takes. */
  readonly averages: readonly (Rate & { readonly arm: string; readonly tasks: number })[];
  readonly differences: readonly ComposeDifference[];
  /** Joint rates by training seed, as means over the kinds of input, where an arm was trained with several. */
  readonly seedSpreads?: readonly SeedRates[];
  /** Pictures drawn in both orders of the images, those with the same bytes, and those with the same answers of the judge; on own cases the most that a cosine to an input differs. */
  readonly order: { readonly pairs: number; readonly sameBytes: number; readonly sameAnswers: number; readonly largestShift?: number };
  /** The paper's claims that the records speak of: those of a run with ablations. */
  readonly claims?: readonly Claim[];
  /** On own cases, instead of rates: how alike outputs are to inputs. */
  readonly measured?: readonly MeasuredCell[];
  readonly training: readonly TrainingSummary[];
  readonly stages: readonly StageSummary[];
}

/** A run folder's records, samples sorted by id. */
export interface ComposeRecords {
  readonly record: RunRecord;
  readonly samples: readonly ComposeLine[];
  readonly losses: readonly LossLine[];
  /** CLIP's embeddings by image, of a run on own cases. */
  readonly embeddings: ReadonlyMap<string, readonly number[]>;
}

/** Reads a run folder's records; throws a UserError naming the file and line of a broken one. */
export function readComposeRecords(folder: string): ComposeRecords {
  const record = requireRecord(folder);
  if (record.identity.kind !== "compose") throw new UserError(`${folder}: a run of ${record.identity.kind}; expected one of bench:compose`);
  return { record, samples: [...readLines(folder, composeSchema).values()].sort((a, b) => (a.id < b.id ? -1 : 1)), losses: readLosses(folder), embeddings: readEmbeddings(folder) };
}

const place = (known: readonly string[], name: string): number => (known.includes(name) ? known.indexOf(name) : known.length);

const byArm = (a: string, b: string): number => place(knownArmNames, a) - place(knownArmNames, b);
const byTask = (a: string, b: string): number => place(composeTasks.map(({ name }) => name), a) - place(composeTasks.map(({ name }) => name), b);

/** Whether a picture shows the attribute of a slot, as the first judge sees it. */
export const shows = ({ expected, judged }: ComposeLine, slot: string): boolean => judged?.[slot] === expected.find((attribute) => attribute.slot === slot)!.value;

function rateOf(lines: readonly ComposeLine[], hit: (line: ComposeLine) => boolean, seed: number, ...key: readonly string[]): Rate {
  const { estimate, low, high, clusters } = bootstrapAccuracy(lines.map((line) => ({ task: line.task, cluster: caseKey(line), correct: hit(line) })), { random: new Random(seed, "compose bootstrap", ...key), resamples: 4000 });
  return { n: lines.length, cases: clusters, rate: estimate, ci95: [low, high] };
}

function similarityOf(lines: readonly ComposeLine[]): number[] | null {
  const known = lines.flatMap(({ similarity }) => (similarity === undefined ? [] : [similarity]));
  return known.length === 0 ? null : known[0]!.map((_, i) => known.reduce((sum, own) => sum + own[i]!, 0) / known.length);
}

function alsoOf(lines: readonly ComposeLine[]): Record<string, number> {
  const names = [...new Set(lines.flatMap(({ also = {} }) => Object.keys(also)))].sort();
  return Object.fromEntries(names.map((name) => [name, lines.filter(({ also }) => also?.[name]?.outcome === "correct").length / lines.length]));
}

function cellOf(lines: readonly ComposeLine[], seed: number): ComposeCell {
  const { arm, shots, task } = lines[0]!, n = lines.length, count = (outcome: string): number => lines.filter((line) => line.outcome === outcome).length, [correct, invalid] = [count("correct"), count("invalid")];
  const joint = rateOf(lines, ({ outcome }) => outcome === "correct", seed, arm, task), asked = lines.flatMap(({ expected }) => expected), slots = [...new Set(asked.map(({ slot }) => slot))].sort();
  return {
    arm, shots, task, n, cases: joint.cases, correct, wrong: n - correct - invalid, invalid, accuracy: joint.rate, strictAccuracy: n > invalid ? correct / (n - invalid) : null, ci95: joint.ci95,
    attributes: origins.filter((origin) => asked.some(({ from }) => from === origin)).map((from) => ({ from, ...rateOf(lines, (line) => line.expected.every((attribute) => attribute.from !== from || shows(line, attribute.slot)), seed, arm, task, from) })),
    slots: slots.map((slot) => ({ slot, ...rateOf(lines.filter(({ expected }) => expected.some((attribute) => attribute.slot === slot)), (line) => shows(line, slot), seed, arm, task, slot) })),
    similarity: similarityOf(lines), also: alsoOf(lines),
  };
}

/** A still arm's one picture of a case stands beside the case's every noise, an ablation's beside that of the same training seed. */
const pairKey = (arm: string, { task, case: index, noise, seed }: ComposeLine): string => JSON.stringify([task, index, composeArm(arm).still ? 0 : noise, ...(ablationNames.includes(arm) ? [seed] : [])]);

function differencesOf(samples: readonly ComposeLine[], seed: number): ComposeDifference[] {
  const own = samples.filter(({ arm }) => arm === composeMethod), others = [...new Set(samples.map(({ arm }) => arm))].filter((arm) => arm !== composeMethod && arm !== "swapped-order").sort(byArm);
  return others.flatMap((arm) => composeTasks.flatMap(({ name: task }): ComposeDifference[] => {
    const theirs = new Map(samples.filter((line) => line.arm === arm && line.task === task).map((line) => [pairKey(arm, line), line]));
    const pairs = own.filter((line) => line.task === task).flatMap((line) => {
      const other = theirs.get(pairKey(arm, line));
      return other ? [{ task, cluster: caseKey(line), first: line.outcome === "correct", second: other.outcome === "correct" }] : [];
    });
    if (pairs.length === 0) return [];
    const { estimate, low, high } = bootstrapDifference(pairs, { random: new Random(seed, "compose difference", arm, task), resamples: 4000 });
    return [{ arm, task, n: pairs.length, difference: estimate, ci95: [low, high] }];
  }));
}

function seedSpreadsOf(samples: readonly ComposeLine[], seed: number): SeedRates[] {
  return [...groupBy(samples, ({ arm }) => arm)].sort(([a], [b]) => byArm(a, b)).flatMap(([arm, lines]): SeedRates[] => {
    const seeds = [...groupBy(lines, (line) => String(line.seed)).values()].map((own) => ({ seed: own[0]!.seed, ...rateOf(own, ({ outcome }) => outcome === "correct", seed, arm, "seed", String(own[0]!.seed)) })).sort((a, b) => a.seed - b.seed), rates = seeds.map(({ rate }) => rate);
    return seeds.length < 2 ? [] : [{ arm, seeds, mean: mean(rates), deviation: deviation(rates) }];
  });
}

function orderOf(samples: readonly ComposeLine[]): ComposeSummary["order"] {
  const own = new Map(samples.filter(({ arm }) => arm === composeMethod).map((line) => [JSON.stringify([line.task, line.case, line.noise]), line]));
  const pairs = samples.filter(({ arm }) => arm === "swapped-order").flatMap((swapped) => {
    const straight = own.get(JSON.stringify([swapped.task, swapped.case, swapped.noise]));
    return straight ? [{ straight, swapped }] : [];
  });
  const answers = ({ judged = {} }: ComposeLine): string => JSON.stringify(Object.entries(judged).sort());
  const shifts = pairs.filter(({ straight }) => straight.outcome === "measured").flatMap(({ straight, swapped }) => (straight.similarity ?? []).flatMap((cosine, i) => (swapped.similarity ? [Math.abs(cosine - swapped.similarity[i]!)] : [])));
  return { pairs: pairs.length, sameBytes: pairs.filter(({ straight, swapped }) => straight.image !== undefined && straight.image === swapped.image).length, sameAnswers: pairs.filter(({ straight, swapped }) => answers(straight) === answers(swapped)).length, ...(shifts.length > 0 ? { largestShift: Math.max(...shifts) } : {}) };
}

/** The summary of a run's records. */
export function composeSummary({ record, samples: all, losses, embeddings }: ComposeRecords): ComposeSummary {
  const { profile, seed } = record.identity, finished = new Set(all.map(({ id }) => id)), planned = plannedSamples(record.plan), samples = all.filter(({ name }) => name === undefined), spreads = seedSpreadsOf(samples, seed), measured = all.filter(({ name }) => name !== undefined), training = trainingOf(record, losses);
  const claims = ledgerOf({ record, samples, losses, summary: { training, seed } }, clipClaims);
  return {
    kind: "compose", profile, seed, complete: planned.every(({ id }) => finished.has(id)), planned: planned.length, finished: all.length,
    cells: [...groupBy(samples, ({ arm, task }) => JSON.stringify([arm, task])).values()].map((lines) => cellOf(lines, seed)).sort((a, b) => byTask(a.task, b.task) || byArm(a.arm, b.arm)),
    averages: [...groupBy(samples, ({ arm }) => arm)].sort(([a], [b]) => byArm(a, b)).map(([arm, lines]) => ({ arm, tasks: new Set(lines.map(({ task }) => task)).size, ...rateOf(lines, ({ outcome }) => outcome === "correct", seed, arm, "average") })),
    differences: differencesOf(samples, seed), ...(spreads.length > 0 ? { seedSpreads: spreads } : {}), order: orderOf(all),
    ...(measured.length > 0 ? { measured: measuredCells(record, measured, embeddings).sort((a, b) => byTask(a.task, b.task) || byArm(a.arm, b.arm)) } : {}), ...(claims.length > 0 ? { claims } : {}), training, stages: record.stages,
  };
}
