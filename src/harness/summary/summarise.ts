/** summary.json, a pure function of run.json, samples.jsonl and losses.jsonl. */
import { join } from "node:path";
import { writeAtomically } from "../../files/atomic.ts";
import { UserError } from "../../files/userError.ts";
import { readDiagnostics, type DiagnosticsLine } from "../runs/diagnostics.ts";
import { readLosses, type LossLine } from "../runs/losses.ts";
import { plannedSamples } from "../runs/plan.ts";
import { requireRecord, type RunRecord } from "../runs/record.ts";
import { readSamples, type Sample } from "../runs/samples.ts";
import { averagesOf } from "./averages.ts";
import { cellsOf } from "./cells.ts";
import { dropsOf } from "./drops.ts";
import { judgesOf } from "./judges.ts";
import { ladderOf } from "./ladder.ts";
import { seedSpreadsOf } from "./seeds.ts";
import { trainingOf } from "./training.ts";
import type { Claim, Summary } from "./types.ts";

/** A run folder's records, read and checked. Samples are sorted by id, so that the order of lines does not matter. */
export interface Records {
  readonly record: RunRecord;
  readonly samples: readonly Sample[];
  readonly losses: readonly LossLine[];
  readonly diagnostics: readonly DiagnosticsLine[];
}

/** Tests claims on a run's records, all together, since their p-values are adjusted over all of them. */
export type ClaimTest = (context: Records & { readonly summary: Omit<Summary, "claims"> }) => readonly Claim[];

export const summaryFile = (folder: string): string => join(folder, "summary.json");

/** Reads a run folder's records; throws a UserError naming the file and line of a broken one. */
export function readRecords(folder: string): Records {
  const record = requireRecord(folder);
  if (record.identity.kind === "compose") throw new UserError(`${folder}: a run of bench:compose; expected a run of CoBSAT`);
  const samples = [...readSamples(folder).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { record, samples, losses: readLosses(folder), diagnostics: readDiagnostics(folder) };
}

/** The summary of a run's records. */
export function summaryOf(records: Records, claims: ClaimTest = () => []): Summary {
  const { record, samples, losses } = records, { profile, seed } = record.identity, kind: Summary["kind"] = record.identity.kind === "ablation" ? "ablation" : "cobsat";
  const finished = new Set(samples.map((sample) => sample.id)), planned = plannedSamples(record.plan);
  const cells = cellsOf(samples), averages = averagesOf(samples, seed);
  const summary = {
    kind, profile, seed, complete: planned.every(({ id }) => finished.has(id)), planned: planned.length, finished: samples.length,
    cells, averages, ladder: ladderOf(samples, averages, seed), drops: dropsOf(samples, seed), seedSpreads: seedSpreadsOf(samples, seed), judges: judgesOf(samples, seed), training: trainingOf(record, losses), stages: record.stages,
  };
  return { ...summary, claims: claims({ ...records, summary }) };
}

/** summary.json's text. */
export const summaryText = (summary: { readonly kind: string }): string => `${JSON.stringify(summary, null, 2)}\n`;

/** Writes a run folder's summary.json from its records and returns it. */
export function summarise(folder: string, claims?: ClaimTest): Summary {
  const summary = summaryOf(readRecords(folder), claims);
  writeAtomically(summaryFile(folder), summaryText(summary));
  return summary;
}
