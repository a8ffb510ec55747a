/** Checks every hash and count of a run folder, and that its summary and report are what its records give. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { officialPrompts, type PromptIndices, type PromptSplit } from "../cobsat/prompts.ts";
import { outcomeOf } from "../cobsat/judge/outcome.ts";
import { posePrompt, targetKey, taskOf } from "../cobsat/tasks.ts";
import { sha256File } from "../files/sha256.ts";
import { UserError } from "../files/userError.ts";
import { carriedPlace } from "./aligner/carried.ts";
import { alignerFile } from "./aligner/record.ts";
import { caseOf, composeArm, knownArmNames } from "./benchCompose/arms.ts";
import { composeCase, inputKey } from "./benchCompose/cases.ts";
import { composeOutcome, type ComposeLine } from "./benchCompose/lines.ts";
import { composeReport } from "./benchCompose/report/render.ts";
import { cosine } from "./benchCompose/similarity.ts";
import { composeSummary, readComposeRecords, type ComposeRecords, type ComposeSummary } from "./benchCompose/summary.ts";
import { ledger } from "./claims/ledger.ts";
import { reportFile, reportText, type ReportOptions } from "./report/render.ts";
import { imageFile } from "./runs/images.ts";
import { plannedSamples } from "./runs/plan.ts";
import { requireRecord, type RunRecord } from "./runs/record.ts";
import type { Sample } from "./runs/samples.ts";
import { readRecords, summaryFile, summaryOf, summaryText } from "./summary/summarise.ts";
import type { Summary } from "./summary/types.ts";

/** One thing that was checked: how many of it, and one line per fault. */
export interface Check {
  readonly name: string;
  readonly checked: number;
  readonly faults: readonly string[];
}

export interface Verification {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** What is no fault, but worth knowing. */
  readonly notes: readonly string[];
}

function imageFaults(folder: string, hashes: ReadonlySet<string>): string[] {
  return [...hashes].sort().flatMap((hash) => {
    const file = imageFile(folder, hash);
    if (!existsSync(file)) return [`${file}: missing, though a record names it`];
    return sha256File(file) === hash ? [] : [`${file}: its bytes do not have the sha256 of its name`];
  });
}

/** The aligners that the run carries, against the hashes that its record has of them. */
function alignerCheck(folder: string, { trainings }: RunRecord): Check {
  const hashed = trainings.flatMap(({ arm: name, seed, weights }) => (weights === undefined ? [] : [{ file: alignerFile(carriedPlace(folder, { name, seed })), weights }]));
  return {
    name: "aligners: bytes against the record", checked: hashed.length,
    faults: hashed.flatMap(({ file, weights }) => (!existsSync(file) ? [`${file}: missing, though run.json names its sha256`] : sha256File(file) === weights ? [] : [`${file}: not the aligner that this run used`])),
  };
}

function sampleFaults(sample: Sample, prompts: readonly PromptIndices[]): string[] {
  const task = taskOf(sample.task);
  if (sample.prompt >= prompts.length) return [`${sample.id}: the list has ${prompts.length} prompts`];
  const { expected } = posePrompt(task, sample.shots, sample.prompt, prompts), faults: string[] = [];
  if (targetKey(expected) !== targetKey({ theme: task.theme, ...sample.expected })) faults.push(`${sample.id}: the official prompt asks for ${expected.detail} ${expected.object}, found ${sample.expected.detail} ${sample.expected.object}`);
  if (sample.judged && sample.outcome !== "invalid") {
    const outcome = outcomeOf(task, expected, sample.judged), missed = outcome.outcome === "wrong" ? outcome.missed : undefined;
    if (outcome.outcome !== sample.outcome || missed !== sample.missed) faults.push(`${sample.id}: recorded ${sample.outcome} ${sample.missed ?? ""}, its judged words make it ${outcome.outcome} ${missed ?? ""}`);
  }
  return faults;
}

/** An own case's line against the embeddings. */
function measuredFaults({ id, task, case: index, image, similarity }: ComposeLine, { record, embeddings }: ComposeRecords): string[] {
  return (similarity ?? []).flatMap((recorded, i) => {
    const [output, given] = [image, record.benchmarkImages[inputKey(task, index, i)]].map((hash) => embeddings.get(hash ?? ""));
    if (!output || !given) return [`${id}: embeddings.jsonl lacks ${output ? `input image ${i + 1}` : "its picture"}`];
    const found = cosine(output, given);
    return Math.abs(found - recorded) < 1e-3 ? [] : [`${id}: recorded similarity ${recorded} to image ${i + 1}, its embeddings make it ${found}`];
  });
}

/** A composition's line against its case and its judged words. */
function lineFaults(line: ComposeLine, records: ComposeRecords): string[] {
  const { id, arm, task, prompt, case: index, noise, expected, text, judged, outcome, missed } = line;
  if (!knownArmNames.includes(arm)) return [`${id}: no arm ${arm}`];
  const at = caseOf(composeArm(arm), prompt), faults: string[] = [];
  if (at.index !== index || at.noise !== noise) faults.push(`${id}: sample ${prompt} is noise ${at.noise} of case ${at.index}, found noise ${noise} of case ${index}`);
  if (line.name !== undefined) return [...faults, ...measuredFaults(line, records)];
  const own = composeCase(task, index);
  if (JSON.stringify([own.expected, own.text]) !== JSON.stringify([expected, text])) faults.push(`${id}: case ${index} asks for ${own.expected.map(({ value }) => value).join(", ")}, found ${expected.map(({ value }) => value).join(", ")}`);
  if (judged && outcome !== "invalid") {
    const again = composeOutcome(expected, judged), words = again.outcome === "wrong" ? again.missed : undefined;
    if (again.outcome !== outcome || JSON.stringify(words) !== JSON.stringify(missed)) faults.push(`${id}: recorded ${outcome} ${missed?.join() ?? ""}, its judged words make it ${again.outcome} ${words?.join() ?? ""}`);
  }
  return faults;
}

function countFaults({ cells, measured = [] }: Pick<Summary, "cells"> & { readonly measured?: undefined } | ComposeSummary, { record, samples }: { readonly record: RunRecord; readonly samples: readonly { readonly id: string }[] }): string[] {
  const total = [...cells, ...measured].reduce((sum, cell) => sum + cell.n, 0), planned = new Set(plannedSamples(record.plan).map(({ id }) => id)), unasked = samples.filter(({ id }) => !planned.has(id));
  return [
    ...(total === samples.length ? [] : [`the cells count ${total} samples, samples.jsonl has ${samples.length}`]),
    ...unasked.slice(0, 3).map(({ id }) => `${id}: no recorded command asked for it`),
  ];
}

/** A generated file against what the records give now. */
function upToDate(file: string, expected: string, command: string): string[] {
  if (!existsSync(file)) return [`${file}: missing; make it with ${command}`];
  return readFileSync(file, "utf8") === expected ? [] : [`${file}: not what the records give; make it again with ${command}`];
}

/** Identity's files that lie in this project, against their recorded hashes. */
function identityFaults({ identity }: RunRecord, root: string): { checked: number; absent: string[]; faults: string[] } {
  const files = Object.entries({ ...identity.weights, ...identity.configs }), present = files.filter(([name]) => existsSync(join(root, name)));
  return {
    checked: present.length,
    absent: files.filter((file) => !present.includes(file)).map(([name]) => name),
    faults: present.filter(([name, hash]) => sha256File(join(root, name)) !== hash).map(([name]) => `${name}: not the file this run used`),
  };
}

/** What the checks of every kind of run read. */
interface Checked {
  readonly record: RunRecord;
  readonly samples: readonly { readonly id: string; readonly image?: string | undefined }[];
  readonly steps: number;
  /** Of the runs that have them. */
  readonly diagnostics?: number;
  readonly summary: Pick<Summary, "cells" | "complete" | "planned" | "finished"> | ComposeSummary;
  readonly summaryText: string;
  readonly reportText: string;
  readonly sampleCheck: Check;
}

async function checkedCobsat(folder: string, { claimTest = ledger, galleryPerTask }: ReportOptions): Promise<Checked> {
  const records = readRecords(folder), { record, samples, losses } = records, summary = summaryOf(records, claimTest), prompts = officialPrompts((record.identity.settings.promptSplit as PromptSplit | undefined) ?? "default");
  return {
    record, samples, steps: losses.length, diagnostics: records.diagnostics.length, summary, summaryText: summaryText(summary), reportText: await reportText(folder, records, summary, galleryPerTask),
    sampleCheck: { name: "samples: schema, ids once each, official prompts, outcomes", checked: samples.length, faults: samples.flatMap((sample) => sampleFaults(sample, prompts)) },
  };
}

async function checkedCompose(folder: string, { galleryPerTask }: ReportOptions): Promise<Checked> {
  const records = readComposeRecords(folder), { record, samples, losses } = records, summary = composeSummary(records);
  return {
    record, samples, steps: losses.length, summary, summaryText: summaryText(summary), reportText: await composeReport(folder, records, summary, galleryPerTask),
    sampleCheck: { name: "samples: schema, ids once each, cases, outcomes", checked: samples.length, faults: samples.flatMap((line) => lineFaults(line, records)) },
  };
}

/** Checks a run folder; `root` is where the paths in its identity begin. A record that cannot be read is a fault too. */
export async function verifyRun(folder: string, { root = ".", ...options }: ReportOptions & { readonly root?: string } = {}): Promise<Verification> {
  let checked: Checked;
  try {
    checked = await (requireRecord(folder).identity.kind === "compose" ? checkedCompose : checkedCobsat)(folder, options);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ok: false, checks: [{ name: "records", checked: 0, faults: [error.message] }], notes: [] };
  }
  const { record, samples, summary } = checked, identity = identityFaults(record, root), again = `npm run report -- ${folder}`;
  const hashes = new Set([...samples.flatMap((sample) => (sample.image === undefined ? [] : [sample.image])), ...Object.values(record.benchmarkImages)]);
  const checks: Check[] = [
    checked.sampleCheck,
    { name: "training steps: schema", checked: checked.steps, faults: [] },
    ...(checked.diagnostics === undefined ? [] : [{ name: "diagnostics: schema", checked: checked.diagnostics, faults: [] }]),
    { name: "images: bytes against names", checked: hashes.size, faults: imageFaults(folder, hashes) },
    alignerCheck(folder, record),
    { name: "counts of cells and plan", checked: summary.cells.length, faults: countFaults(summary, checked) },
    { name: "files of the identity", checked: identity.checked, faults: identity.faults },
    { name: "summary.json", checked: 1, faults: upToDate(summaryFile(folder), checked.summaryText, again) },
    { name: "report.html", checked: 1, faults: upToDate(reportFile(folder), checked.reportText, again) },
  ];
  const images = join(folder, "images"), orphans = existsSync(images) ? readdirSync(images).filter((name) => !hashes.has(name.replace(/\.png$/, ""))) : [];
  const notes = [
    ...(summary.complete ? [] : [`unfinished: ${summary.planned} samples were asked for, ${summary.finished} are there`]),
    ...(orphans.length > 0 ? [`${orphans.length} files in images/ belong to no record (left by an interruption), first ${orphans[0]}`] : []),
    ...(identity.absent.length > 0 ? [`${identity.absent.length} files of the identity are not here to be checked, first ${identity.absent[0]}`] : []),
  ];
  return { ok: checks.every((check) => check.faults.length === 0), checks, notes };
}
