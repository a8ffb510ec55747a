/** A trained aligner's folder: aligner.safetensors (released names), aligner.json and losses.jsonl. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Experiment } from "../../ablations/experiment.ts";
import { writeAtomically } from "../../files/atomic.ts";
import { readJson } from "../../files/json.ts";
import { readJsonLines } from "../../files/jsonLines.ts";
import { sha256 } from "../../files/sha256.ts";
import { lossSchema, type LossLine } from "../runs/losses.ts";
import { parseRecord } from "../runs/samples.ts";
import { stableJson } from "../stableJson.ts";

export const alignerFile = (folder: string): string => join(folder, "aligner.safetensors");
export const recordFile = (folder: string): string => join(folder, "aligner.json");
export const lossFile = (folder: string): string => join(folder, "losses.jsonl");
export const checkpointFile = (folder: string): string => join(folder, "checkpoint.safetensors");

const nullableLoss = z.number().nullable();

const recordSchema = z.object({
  format: z.literal(1),
  /** SHA-256 of `made`. */
  identity: z.string(),
  /** All that decides the weights, and nothing else. */
  made: z.object({ experiment: z.record(z.string(), z.json()), features: z.string(), samples: z.object({ train: z.number(), heldOut: z.number() }), t5: z.record(z.string(), z.string()) }),
  /** Names of the experiment that asked for it. */
  arm: z.string(),
  aligner: z.object({ inputWidth: z.number(), width: z.number(), eps: z.number(), norm: z.boolean(), depth: z.number().optional(), widening: z.number().optional() }),
  parameters: z.number(),
  /** Steps taken; fewer than asked for where it diverged. */
  steps: z.number(),
  firstLoss: nullableLoss,
  /** Mean over the last fiftieth of the steps. */
  finalLoss: nullableLoss,
  heldOutLoss: nullableLoss,
  seconds: z.number(),
  /** The step at which it diverged (the number of steps where the final held-out loss is not finite); the weights are then the last that gave a sound loss. */
  divergedAt: z.number().nullable(),
  /** SHA-256 of aligner.safetensors. */
  weights: z.string(),
});

export type AlignerRecord = z.infer<typeof recordSchema>;

/** All that decides an aligner's weights. */
export type AlignerMakings = AlignerRecord["made"];

/** What leaving a choice out means: said or left out, the weights are the same. */
const leftOut: Partial<Experiment> = { depth: 2, widening: 1, objective: "decoder", normScale: 1, rate: 1 };

/** An experiment without its words, what draws it and its defaults: what remains decides its weights. */
export function decidingPart(experiment: Experiment): AlignerMakings["experiment"] {
  const { name: _, summary: __, question: ___, fluxNoise: ____, ...rest } = experiment;
  return JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(rest).filter(([key, value]) => leftOut[key as keyof Experiment] !== value)))) as AlignerMakings["experiment"];
}

export const alignerIdentity = (made: AlignerMakings): string => sha256(stableJson(made));

/** The record of a finished aligner, undefined where the folder has none. */
export function readAlignerRecord(folder: string): AlignerRecord | undefined {
  const path = recordFile(folder);
  return existsSync(path) ? parseRecord(recordSchema, readJson(path, "remove the folder to have the aligner trained again"), path) : undefined;
}

/** Writes aligner.json; last of all, since its presence says that the rest is whole. */
export const writeAlignerRecord = (folder: string, record: AlignerRecord): void => writeAtomically(recordFile(folder), `${JSON.stringify(record, null, 2)}\n`);

/** The recorded steps of an aligner's training. */
export const readAlignerLosses = (folder: string): LossLine[] => readJsonLines(lossFile(folder), (line, place) => parseRecord(lossSchema, line, place));
