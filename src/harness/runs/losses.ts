/** The lines of losses.jsonl: one training step each. */
import { join } from "node:path";
import { z } from "zod";
import { readJsonLines } from "../../files/jsonLines.ts";
import { parseRecord } from "./samples.ts";

export const lossesFile = (folder: string): string => join(folder, "losses.jsonl");

/** A loss line: a number that is not finite is null, and `nonFinite` says so. `seconds` is what the step took; `heldOutLoss` is on captions never trained on. */
export const lossSchema = z.looseObject({
  arm: z.string().min(1),
  seed: z.int(),
  step: z.int().min(0),
  loss: z.number().nullable(),
  lr: z.number(),
  gradNorm: z.number().nullable(),
  heldOutLoss: z.number().nullable().optional(),
  seconds: z.number().min(0),
  nonFinite: z.literal(true).optional(),
}).superRefine((line, context) => {
  const nulls = [line.loss, line.gradNorm, line.heldOutLoss].includes(null);
  if (nulls !== (line.nonFinite === true)) context.addIssue({ code: "custom", path: ["nonFinite"], message: "is true exactly where a number is null" });
});

export type LossLine = z.infer<typeof lossSchema>;

/** A training step as measured; numbers may be NaN or infinite. */
export interface TrainingStep {
  readonly arm: string;
  readonly seed: number;
  readonly step: number;
  readonly loss: number;
  readonly lr: number;
  readonly gradNorm: number;
  readonly heldOutLoss?: number;
  readonly seconds: number;
}

/** A training step as its line, which JSON can hold. */
export function lossLine({ arm, seed, step, loss, lr, gradNorm, heldOutLoss, seconds }: TrainingStep): LossLine {
  const finite = (x: number): number | null => (Number.isFinite(x) ? x : null);
  const numbers = { loss: finite(loss), lr, gradNorm: finite(gradNorm), ...(heldOutLoss === undefined ? {} : { heldOutLoss: finite(heldOutLoss) }) };
  return { arm, seed, step, ...numbers, seconds, ...(Object.values(numbers).includes(null) ? { nonFinite: true as const } : {}) };
}

/** A run folder's training steps by arm, seed and step; where a resumed training took a step again, its later line counts. */
export function readLosses(folder: string): LossLine[] {
  const steps = new Map(readJsonLines(lossesFile(folder), (value, place) => parseRecord(lossSchema, value, place)).map((line) => [JSON.stringify([line.arm, line.seed, line.step]), line]));
  return [...steps.values()].sort((a, b) => (a.arm < b.arm ? -1 : a.arm > b.arm ? 1 : a.seed - b.seed || a.step - b.step));
}
