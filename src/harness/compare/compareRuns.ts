/** `npm run compare -- <run> <run>`: two runs paired sample by sample. */
import { UserError } from "../../files/userError.ts";
import { groupBy } from "../groupBy.ts";
import { identityDifferences } from "../runs/identity.ts";
import { holm } from "../statistics/holm.ts";
import { compareArms as armOrder } from "../summary/cells.ts";
import { caseKey, judgedLines } from "../benchCompose/lines.ts";
import { readComposeRecords } from "../benchCompose/summary.ts";
import { requireRecord, type RunRecord } from "../runs/record.ts";
import { clusterOf } from "../runs/samples.ts";
import { readRecords } from "../summary/summarise.ts";
import { comparePairs, pairSamples, type Comparison, type Pairable, type SamplePair } from "./paired.ts";

/** One arm at one number of shots, in both runs. */
export interface ComparedArm extends Comparison {
  readonly arm: string;
  readonly shots: number;
  /** Accuracies (means of task accuracies) on the samples that both have. */
  readonly first: number;
  readonly second: number;
  /** Adjusted over the arms compared. */
  readonly pHolm: number | null;
}

export interface ComparedRuns {
  readonly folders: readonly [first: string, second: string];
  /** What differs in the runs' identities, one line each. */
  readonly differences: readonly string[];
  readonly arms: readonly ComparedArm[];
  /** Arms, with shots, that only one run has or that share no sample. */
  readonly unpaired: readonly string[];
}

const keyOf = ({ arm, shots }: Pick<Pairable, "arm" | "shots">): string => JSON.stringify([arm, shots]);

function accuracy(pairs: readonly SamplePair[], side: "first" | "second"): number {
  const tasks = [...groupBy(pairs, ({ task }) => task).values()];
  return tasks.reduce((sum, own) => sum + own.filter((pair) => pair[side]).length / own.length, 0) / tasks.length;
}

type Clustered = Pairable & { readonly cluster: string };

/** A run's samples, of either kind of benchmark, with what they resample by. */
function comparable(folder: string): { readonly record: RunRecord; readonly samples: readonly Clustered[] } {
  if (requireRecord(folder).identity.kind !== "compose") {
    const { record, samples } = readRecords(folder);
    return { record, samples: samples.map((sample) => ({ ...sample, cluster: clusterOf(sample) })) };
  }
  const { record, samples: lines } = readComposeRecords(folder), samples = judgedLines(lines);
  if (samples.length < lines.length) throw new UserError(`${folder}: of own cases, whose pictures are neither right nor wrong; compare the similarities in the two reports`);
  return { record, samples: samples.map((line) => ({ ...line, cluster: caseKey(line) })) };
}

/** Samples of one training seed on either side are paired whatever those seeds are, since two runs may differ in just that. */
function pairsOf(first: readonly Clustered[], second: readonly Clustered[]): SamplePair[] {
  const seeds = (side: readonly Clustered[]): number => new Set(side.map(({ seed }) => seed)).size;
  return pairSamples(first, second, { bySeed: seeds(first) > 1 || seeds(second) > 1, cluster: ({ cluster }) => cluster });
}

/** Compares two run folders arm by arm, second minus first, on the samples that both have; a UserError where they have none in common. */
export function compareRuns(firstFolder: string, secondFolder: string): ComparedRuns {
  const [first, second] = [comparable(firstFolder), comparable(secondFolder)], ours = groupBy(first.samples, keyOf), theirs = groupBy(second.samples, keyOf);
  const compared: Omit<ComparedArm, "pHolm">[] = [], unpaired: string[] = [];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const [arm, shots] = JSON.parse(key) as [string, number], pairs = pairsOf(theirs.get(key) ?? [], ours.get(key) ?? []);
    if (pairs.length === 0) unpaired.push(`${arm}, ${shots} shots`);
    else compared.push({ arm, shots, first: accuracy(pairs, "second"), second: accuracy(pairs, "first"), ...comparePairs(pairs, ["compare runs", arm, shots]) });
  }
  if (compared.length === 0) throw new UserError(`${firstFolder} and ${secondFolder} have no sample in common: no arm was scored at the same shots, task and prompt in both`);
  const adjusted = holm(compared.map(({ p }) => p!));
  const arms = compared.map((own, i): ComparedArm => ({ ...own, pHolm: adjusted[i]! })).sort((a, b) => armOrder(a.arm, b.arm) || a.shots - b.shots);
  return { folders: [firstFolder, secondFolder], differences: identityDifferences(first.record.identity, second.record.identity), arms, unpaired: unpaired.sort() };
}

const percent = (x: number): string => (100 * x).toFixed(1);

/** The comparison as a table in text. */
export function comparisonText({ folders, differences, arms, unpaired }: ComparedRuns): string {
  const head = ["arm", "shots", "pairs", "first %", "second %", "difference", "95 % interval", "p, Holm", "McNemar", "only first/second right"];
  const body = arms.map(({ arm, shots, n, first, second, effect, ci95, pHolm, mcnemar }) => [
    arm, String(shots), String(n), percent(first), percent(second), `${effect >= 0 ? "+" : ""}${percent(effect)}`, `${percent(ci95[0])} to ${percent(ci95[1])}`,
    pHolm!.toFixed(4), mcnemar!.p.toFixed(4), `${mcnemar!.onlySecond}/${mcnemar!.onlyFirst}`,
  ]);
  const widths = head.map((name, i) => Math.max(name.length, ...body.map((row) => row[i]!.length))), line = (row: readonly string[]): string => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ").trimEnd();
  return [
    `first:  ${folders[0]}`, `second: ${folders[1]}`, "", line(head), ...body.map(line), "",
    "Accuracies are means of task accuracies over the pairs; intervals resample targets, p permutes them, McNemar's p takes pairs for independent.",
    ...(unpaired.length > 0 ? [`Not in both: ${unpaired.join("; ")}`] : []),
    differences.length > 0 ? `Identities differ:\n${differences.map((difference) => `  ${difference}`).join("\n")}` : "Identities agree.",
  ].join("\n");
}
