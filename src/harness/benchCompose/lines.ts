/** The lines of a run of bench:compose: one picture each. */
import { z } from "zod";
import { sha256Schema } from "../runs/identity.ts";
import { sampleId } from "../runs/plan.ts";
import type { Attribute } from "./cases.ts";
import { composeTasks, origins, taskNamed } from "./tasks.ts";

const outcomes = ["correct", "wrong", "invalid"] as const, knownOutcomes = [...outcomes, "measured"] as const;
const readings = z.record(z.string(), z.string().nullable());

/** A sample line; `judged` has an answer for the slot of each expected attribute, null where a judge gave none. */
export const composeSchema = z.looseObject({
  id: z.string(),
  arm: z.string().min(1),
  /** Input images. */
  shots: z.int().min(1),
  task: z.enum(composeTasks.map(({ name }) => name)),
  prompt: z.int().min(0),
  /** The case of the task, and which of its noises the picture was drawn from. */
  case: z.int().min(0),
  noise: z.int().min(0),
  seed: z.int(),
  /** The case's folder, where it is a user's own. */
  name: z.string().min(1).optional(),
  /** Nothing on own cases. */
  expected: z.array(z.strictObject({ slot: z.enum(["object", "color", "background", "style", "action", "texture"]), value: z.string(), from: z.enum(origins) })),
  /** The text given; "" where there was none. */
  text: z.string(),
  /** What the LVLM wrote about each image, on the arm that draws from it. */
  captions: z.array(z.string()).optional(),
  image: sha256Schema.optional(),
  judged: readings.optional(),
  /** The other judges' answers by name; the first judge alone decides the outcome. */
  also: z.record(z.string(), z.strictObject({ judged: readings, outcome: z.enum(outcomes) })).optional(),
  /** Cosine of CLIP's image embeddings of the picture and of each input image. */
  similarity: z.array(z.number()).optional(),
  /** Cosine of CLIP's embeddings of the picture and of the text. */
  textSimilarity: z.number().optional(),
  /** "measured": a picture of an own case, of which similarities are all that is known. */
  outcome: z.enum(knownOutcomes),
  /** Slots whose attribute the judge does not find. */
  missed: z.array(z.string()).min(1).optional(),
  reason: z.string().min(1).optional(),
  seconds: z.number().min(0),
}).superRefine((line, context) => {
  const complain = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
  const id = sampleId(line.arm, line.shots, line.task, line.prompt);
  if (line.id !== id && line.id !== `${id}/${line.seed}`) complain("id", `expected ${id}, found ${line.id}`);
  if (line.shots !== taskNamed(line.task).images) complain("shots", `expected ${taskNamed(line.task).images} for ${line.task}, found ${line.shots}`);
  if ((line.expected.length === 0) !== (line.name !== undefined)) complain("expected", "belongs to every case of the micro world and to no other");
  if (line.outcome !== "invalid" && (line.outcome === "measured") !== (line.name !== undefined)) complain("outcome", "is measured on own cases and nowhere else");
  if (line.outcome === "measured" && line.similarity?.length !== line.shots) complain("similarity", `expected one for each of ${line.shots} images`);
  if ((line.outcome === "wrong") !== (line.missed !== undefined)) complain("missed", "belongs to every wrong sample and to no other");
  if ((line.outcome === "invalid") !== (line.reason !== undefined)) complain("reason", "belongs to every invalid sample and to no other");
});

export type ComposeLine = z.infer<typeof composeSchema>;

/** Lines that are right, wrong or invalid, which pictures of own cases are not. */
export const judgedLines = (lines: readonly ComposeLine[]): (ComposeLine & { readonly outcome: (typeof outcomes)[number] })[] =>
  lines.filter((line): line is ComposeLine & { readonly outcome: (typeof outcomes)[number] } => line.outcome !== "measured");

/** Whether a line is of an arm's first training seed, or of an arm without training: further ones stand in the id. */
export const isFirstSeed = ({ id, arm, shots, task, prompt }: ComposeLine): boolean => id === sampleId(arm, shots, task, prompt);

/** What a judge's answers make of a picture. */
export type ComposeOutcome = { readonly outcome: "correct" } | { readonly outcome: "wrong"; readonly missed: string[] };

/** The attributes that the answers do not name; correct where none is left. */
export function composeOutcome(expected: readonly Attribute[], judged: Readonly<Record<string, string | null>>): ComposeOutcome {
  const missed = expected.filter(({ slot, value }) => judged[slot] !== value).map(({ slot }) => slot);
  return missed.length === 0 ? { outcome: "correct" } : { outcome: "wrong", missed };
}

/** The cluster of a sample: its case, whatever the arm and the noise. */
export const caseKey = ({ task, case: index }: Pick<ComposeLine, "task" | "case">): string => `${task}/${index}`;
