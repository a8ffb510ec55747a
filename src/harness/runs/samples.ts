/** The lines of samples.jsonl: one scored sample each, every id once, in any order. */
import { join } from "node:path";
import { z } from "zod";
import { targetKey, taskOf, tasks } from "../../cobsat/tasks.ts";
import { readJsonLines } from "../../files/jsonLines.ts";
import { UserError } from "../../files/userError.ts";
import { sha256Schema } from "./identity.ts";
import { sampleId } from "./plan.ts";

export const samplesFile = (folder: string): string => join(folder, "samples.jsonl");

const halves = { detail: z.string(), object: z.string() };

/** A sample line; fields beyond these are kept. */
export const sampleSchema = z.looseObject({
  id: z.string(),
  arm: z.string().min(1),
  shots: z.int().min(1),
  task: z.enum(tasks.map((task) => task.name)),
  taskId: z.int(),
  prompt: z.int().min(0),
  /** The training seed of the arm's aligner where it has one, else the run's. */
  seed: z.int(),
  expected: z.strictObject(halves),
  /** What the LVLM wrote, or on the rung `decoder-text` what T5's decoder wrote. */
  text: z.string().optional(),
  image: sha256Schema.optional(),
  judged: z.strictObject({ detail: z.string().nullable(), object: z.string().nullable() }).optional(),
  /** What a language model said to each question, and whether CoBSAT's own reading of it (all digits joined, none is wrong) is right. */
  replies: z.strictObject(halves).optional(),
  faithful: z.boolean().optional(),
  /** The other judges' answers by name; the first judge alone decides the outcome. */
  also: z.record(z.string(), z.strictObject({ detail: z.string().nullable(), object: z.string().nullable(), outcome: z.enum(["correct", "wrong", "invalid"]), replies: z.strictObject(halves).optional(), faithful: z.boolean().optional() })).optional(),
  outcome: z.enum(["correct", "wrong", "invalid"]),
  missed: z.enum(["given", "inferred", "both"]).optional(),
  reason: z.string().min(1).optional(),
  seconds: z.number().min(0),
}).superRefine((sample, context) => {
  const complain = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
  const task = taskOf(sample.task), id = sampleId(sample.arm, sample.shots, sample.task, sample.prompt);
  if (sample.id !== id && sample.id !== `${id}/${sample.seed}`) complain("id", `expected ${id}, found ${sample.id}`);
  if (sample.taskId !== task.id) complain("taskId", `expected ${task.id} for ${task.name}, found ${sample.taskId}`);
  if (!task.theme.details.includes(sample.expected.detail)) complain("expected.detail", `${sample.expected.detail} is none of ${task.name}'s details`);
  if (!task.theme.subjects.includes(sample.expected.object)) complain("expected.object", `${sample.expected.object} is none of ${task.name}'s objects`);
  if ((sample.outcome === "wrong") !== (sample.missed !== undefined)) complain("missed", "belongs to every wrong sample and to no other");
  if ((sample.outcome === "invalid") !== (sample.reason !== undefined)) complain("reason", "belongs to every invalid sample and to no other");
});

export type Sample = z.infer<typeof sampleSchema>;

/** The cluster of a sample: its target, whatever the task, the shots or the arm. */
export const clusterOf = (sample: Sample): string => targetKey({ theme: taskOf(sample.task).theme, ...sample.expected });

/** Whether a sample's target is one that the LVLM's in-context training held out: (detail index + 3 x object index) mod 7 = 0. */
export function isHeldOut(sample: Sample): boolean {
  const { details, subjects } = taskOf(sample.task).theme;
  return (details.indexOf(sample.expected.detail) + 3 * subjects.indexOf(sample.expected.object)) % 7 === 0;
}

/** Parses a record at the boundary; throws a UserError that names the place and what is wrong with the first field. */
export function parseRecord<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new UserError(`${place}: ${issue.path.length > 0 ? `${issue.path.join(".")}: ` : ""}${issue.message}`, 1, { cause: parsed.error });
}

/** What a line of any kind of run has. */
export interface ScoredLine {
  readonly id: string;
  readonly image?: string | undefined;
}

/** The finished samples of a run folder by id, read by the schema of its kind; throws a UserError naming the line of a broken record or a second one of an id. */
export function readLines<Line extends ScoredLine>(folder: string, schema: z.ZodType<Line>): Map<string, Line> {
  const samples = new Map<string, Line>();
  readJsonLines(samplesFile(folder), (value, place) => {
    const sample = parseRecord(schema, value, place);
    if (samples.has(sample.id)) throw new UserError(`${place}: ${sample.id} is there already; remove one of the two lines`);
    samples.set(sample.id, sample);
  });
  return samples;
}

/** The finished samples of a run of CoBSAT by id. */
export const readSamples = (folder: string): Map<string, Sample> => readLines(folder, sampleSchema);
