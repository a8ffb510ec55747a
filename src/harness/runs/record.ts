/** run.json: what a run is and how it went. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJson } from "../../files/json.ts";
import { UserError } from "../../files/userError.ts";
import { identitySchema, sha256Schema } from "./identity.ts";
import { machineSchema } from "./machine.ts";
import { plannedCellSchema } from "./plan.ts";
import { parseRecord } from "./samples.ts";

export const recordFile = (folder: string): string => join(folder, "run.json");

/** One process at work on the run: when it began (ISO 8601), what it was asked, where, with which code. */
const sittingSchema = z.strictObject({
  began: z.string(),
  arguments: z.record(z.string(), z.json()),
  machine: machineSchema,
  versions: z.record(z.string(), z.string()),
  source: sha256Schema,
});

/** An aligner's training; `objective` is what its loss is where that is not the loss of T5's decoder; the steps themselves are in losses.jsonl. A diverged ablation arm's invalid samples are a finding, not a failure. */
const trainingSchema = z.strictObject({ arm: z.string(), seed: z.int(), parameters: z.int(), diverged: z.boolean(), divergedAt: z.int().optional(), objective: z.string().optional(), /** Of aligner.safetensors in the run folder. */ weights: sha256Schema.optional() });

const stageSchema = z.strictObject({ stage: z.string(), seconds: z.number().min(0), peakRssBytes: z.int().min(0) });

export const recordSchema = z.strictObject({
  format: z.literal(1),
  identity: identitySchema,
  /** The first sitting; later ones are in `continued`. */
  ...sittingSchema.shape,
  continued: z.array(sittingSchema),
  /** All that was asked for so far, over all sittings. */
  plan: z.array(plannedCellSchema),
  trainings: z.array(trainingSchema),
  /** Copies of base models that were made for this run or found, by what they are: the SHA-256 of each file of weights. They are no part of the identity, since they may be made after the run began. */
  copies: z.record(z.string(), z.record(z.string(), sha256Schema)).optional(),
  /** Seconds are added up over sittings and shards; memory is the largest of them. */
  stages: z.array(stageSchema),
  /** The benchmark's own images by target ("color_object/red_car"), as the sha256 of a file in images/. */
  benchmarkImages: z.record(z.string(), sha256Schema),
});

export type RunRecord = z.infer<typeof recordSchema>;
export type Sitting = z.infer<typeof sittingSchema>;
export type Training = z.infer<typeof trainingSchema>;
export type Stage = z.infer<typeof stageSchema>;

/** Reads a folder's run.json; undefined where there is none, a UserError naming the field where it is not one. */
export function readRecord(folder: string): RunRecord | undefined {
  const file = recordFile(folder);
  return existsSync(file) ? parseRecord(recordSchema, readJson(file, "restore it, or give --out another folder"), file) : undefined;
}

/** Reads a folder's run.json; a UserError where there is none. */
export function requireRecord(folder: string): RunRecord {
  const record = readRecord(folder);
  if (!record) throw new UserError(`${recordFile(folder)}: no such file; ${folder} is not a run folder`);
  return record;
}

/** Every source tree that worked on the run, the first one first. */
export const sourcesOf = (record: RunRecord): string[] => [...new Set([record, ...record.continued].map((sitting) => sitting.source))];
