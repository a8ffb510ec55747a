/**
 * A run folder under work. What is finished is on disk: images before the line that names them, lines whole and synced, run.json by rename.
 * One process works on a folder, or several shards of one split; a short lock serialises their appends, so lines never mix.
 */
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { appendLines } from "../../files/jsonLines.ts";
import { UserError } from "../../files/userError.ts";
import { writeAtomically } from "../../files/atomic.ts";
import { diagnosticsFile, diagnosticsSchema, type DiagnosticsLine } from "./diagnostics.ts";
import { identityDifferences, reconcile, type Identity, type Seen } from "./identity.ts";
import { imageFile, saveImage } from "./images.ts";
import { giveLock, lockHolder, takeLock, whileLocked } from "./lock.ts";
import { lossesFile, lossLine, type TrainingStep } from "./losses.ts";
import { presentMachine, presentVersions } from "./machine.ts";
import { mergePlans, remainingSamples, type PlannedCell, type PlannedSample, type Shard } from "./plan.ts";
import { readRecord, recordFile, requireRecord, type RunRecord, type Sitting, type Stage, type Training } from "./record.ts";
import { parseRecord, readLines, sampleSchema, samplesFile, type Sample, type ScoredLine } from "./samples.ts";

export interface OpenOptions {
  /** The command line's arguments, as they go into run.json. */
  readonly arguments: Sitting["arguments"];
  /** What this command asks for; added to what was asked before. */
  readonly plan: readonly PlannedCell[];
  readonly shard?: Shard;
  /** The models that this sitting looked at; all of them where left out. */
  readonly seen?: Seen;
  /** Go on with a run that other source code began; run.json keeps both. */
  readonly continueWithOtherCode?: boolean;
}

/** Says in one line why a write failed, and that what was finished is safe. */
function writing<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const why = code === "ENOSPC" || code === "EDQUOT" ? "the disk is full; free some space" : `cannot be written (${message}); mend that`;
    throw new UserError(`${file}: ${why} and give the same command again, every finished sample is kept`, 1, { cause: error });
  }
}

const lockName = (shard: Shard | undefined): string => (shard ? `.lock.${shard.index}-of-${shard.count}` : ".lock");

/** Takes the folder for this process; throws a UserError where another one works on it that is no other shard of the same split. */
function takeFolder(folder: string, shard: Shard | undefined): string {
  const own = join(folder, lockName(shard));
  const refuse = (holder: string, lock = own): never => {
    throw new UserError(`${folder}: ${holder} is working on this run; wait for it, give --out another folder, or run all processes with --shard i/n of one n (if it is gone, remove ${lock})`);
  };
  const holder = takeLock(own);
  if (holder !== undefined) return refuse(holder);
  for (const name of readdirSync(folder)) {
    const compatible = shard !== undefined && name.endsWith(`-of-${shard.count}`);
    if (!/^\.lock(\.\d+-of-\d+)?$/.test(name) || name === lockName(shard) || compatible) continue;
    const other = lockHolder(join(folder, name));
    if (other === undefined) continue;
    giveLock(own);
    refuse(other, join(folder, name));
  }
  return own;
}

/** The record that this sitting leaves: a new one, or the folder's own with the sitting and its plan added; throws a UserError where the identity is another. */
function recordFor(folder: string, known: RunRecord | undefined, identity: Identity, options: OpenOptions): RunRecord {
  const sitting: Sitting = { began: new Date().toISOString(), arguments: options.arguments, machine: presentMachine(), versions: presentVersions(), source: identity.source };
  if (!known) {
    const strays = [samplesFile(folder), lossesFile(folder)].filter((file) => existsSync(file));
    if (strays.length > 0) throw new UserError(`${strays[0]} exists without ${recordFile(folder)}; restore that file, or give --out another folder`);
    return { format: 1, identity, ...sitting, continued: [], plan: [...options.plan], trainings: [], stages: [], benchmarkImages: {} };
  }
  const { before, now } = options.seen === undefined ? { before: known.identity, now: known.identity } : reconcile(known.identity, identity, options.seen);
  const differences = identityDifferences(before, options.seen === undefined ? identity : now);
  const onlyCode = differences.every((line) => line.startsWith("source:"));
  if (differences.length > 0 && !(onlyCode && options.continueWithOtherCode)) {
    const way = onlyCode ? "To go on with it by the present code all the same, add --continue-with-other-code (the report says so). " : "";
    throw new UserError(`${folder} holds a run of another identity:\n${differences.map((line) => `  ${line}`).join("\n")}\n${way}To start a new run, give --out another folder, or remove ${folder}.`);
  }
  return { ...known, identity: { ...now, source: known.identity.source }, continued: [...known.continued, sitting], plan: mergePlans(known.plan, options.plan) };
}

export class Run<Line extends ScoredLine = Sample> {
  readonly folder: string;
  readonly #lock: string;
  readonly #schema: z.ZodType<Line>;
  readonly #samples: Map<string, Line>;
  #record: RunRecord;
  readonly #release = (): void => giveLock(this.#lock);

  constructor(folder: string, identity: Identity, options: OpenOptions, schema: z.ZodType<Line>) {
    this.folder = folder;
    this.#schema = schema;
    writing(folder, () => mkdirSync(folder, { recursive: true }));
    this.#lock = writing(folder, () => takeFolder(folder, options.shard));
    process.once("exit", this.#release);
    try {
      this.#record = this.#exclusively(() => this.#write(recordFor(folder, readRecord(folder), identity, options)));
      this.#samples = readLines(folder, schema);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #exclusively<T>(work: () => T): T {
    return writing(this.folder, () => whileLocked(join(this.folder, ".append"), work));
  }

  #write(record: RunRecord): RunRecord {
    writing(recordFile(this.folder), () => writeAtomically(recordFile(this.folder), `${JSON.stringify(record, null, 2)}\n`));
    return record;
  }

  #change(change: (record: RunRecord) => RunRecord): void {
    this.#record = this.#exclusively(() => this.#write(change(requireRecord(this.folder))));
  }

  /** run.json as this process last saw it. */
  get record(): RunRecord {
    return this.#record;
  }

  /** The finished samples by id: those on disk when the run was opened, and this process's own. */
  get samples(): ReadonlyMap<string, Line> {
    return this.#samples;
  }

  /** What the whole plan still lacks, other shards' part included. */
  remaining(): PlannedSample[] {
    return remainingSamples(this.#record.plan, this.#samples);
  }

  /** Keeps a PNG under images/ and gives its sha256. */
  saveImage(png: Uint8Array): string {
    return writing(join(this.folder, "images"), () => saveImage(this.folder, png));
  }

  /** Appends scored samples, whose images have been saved, in one write; throws on a line that breaks the schema or an id that is there. */
  appendSamples(samples: readonly Line[]): void {
    if (samples.length === 0) return;
    const file = samplesFile(this.folder), lines = samples.map((sample) => parseRecord(this.#schema, sample, `sample ${sample.id}`)), ids = new Set(this.#samples.keys());
    for (const { id, image } of lines) {
      if (ids.has(id)) throw new Error(`sample ${id} is in ${file} already`);
      if (image !== undefined && !existsSync(imageFile(this.folder, image))) throw new Error(`sample ${id}: save its image ${image} first`);
      ids.add(id);
    }
    writing(file, () => this.#exclusively(() => appendLines(file, lines)));
    for (const line of lines) this.#samples.set(line.id, line);
  }

  /** Appends one scored sample. */
  appendSample(sample: Line): void {
    this.appendSamples([sample]);
  }

  /** Appends training steps, in one write. */
  appendLosses(steps: readonly TrainingStep[]): void {
    const file = lossesFile(this.folder);
    if (steps.length > 0) writing(file, () => this.#exclusively(() => appendLines(file, steps.map(lossLine))));
  }

  /** Appends what was measured of an aligner. */
  appendDiagnostics(line: DiagnosticsLine): void {
    const file = diagnosticsFile(this.folder), checked = parseRecord(diagnosticsSchema, line, `diagnostics of ${line.arm}, seed ${line.seed}`);
    writing(file, () => this.#exclusively(() => appendLines(file, [checked])));
  }

  /** Appends one training step. */
  appendLoss(step: TrainingStep): void {
    this.appendLosses([step]);
  }

  /** Records an aligner that the run trained or loaded, once per arm and seed. */
  recordTraining(training: Training): void {
    this.#change((record) => ({ ...record, trainings: [...record.trainings.filter((t) => t.arm !== training.arm || t.seed !== training.seed), training] }));
  }

  /** Records the weights of a copy of a base model; a UserError where what is recorded was made with others. */
  recordCopy(name: string, weights: Readonly<Record<string, string>>): void {
    this.#change((record) => {
      const known = record.copies?.[name];
      if (known && !isDeepStrictEqual(known, weights)) throw new UserError(`${recordFile(this.folder)}: ${name} has other weights than when this run first used it; put that copy back, or give --out another folder`);
      return known ? record : { ...record, copies: { ...record.copies, [name]: weights } };
    });
  }

  /** Adds time to a stage and raises its peak memory. */
  recordStage({ stage, seconds, peakRssBytes }: Stage): void {
    this.#change((record) => {
      const known = record.stages.find((other) => other.stage === stage);
      const sum = { stage, seconds: seconds + (known?.seconds ?? 0), peakRssBytes: Math.max(peakRssBytes, known?.peakRssBytes ?? 0) };
      return { ...record, stages: known ? record.stages.map((other) => (other === known ? sum : other)) : [...record.stages, sum] };
    });
  }

  /** Keeps the benchmark's images of the given targets, so that the report can show demonstrations. */
  recordBenchmarkImages(pngs: ReadonlyMap<string, Uint8Array>): void {
    const saved = Object.fromEntries([...pngs].map(([target, png]) => [target, this.saveImage(png)]));
    this.#change((record) => ({ ...record, benchmarkImages: { ...record.benchmarkImages, ...saved } }));
  }

  /** Lets other processes have the folder. */
  close(): void {
    process.removeListener("exit", this.#release);
    this.#release();
  }
}

/** Begins a run in a folder, or goes on with the one it holds; throws a UserError with one line per difference where that is a run of another identity. */
export const openRun = (folder: string, identity: Identity, options: OpenOptions): Run => new Run(folder, identity, options, sampleSchema);

/** The same for runs whose lines are of another kind. */
export const openRunOf = <Line extends ScoredLine>(schema: z.ZodType<Line>, folder: string, identity: Identity, options: OpenOptions): Run<Line> => new Run(folder, identity, options, schema);
