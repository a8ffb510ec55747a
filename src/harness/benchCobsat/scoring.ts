/** From a text or a judged picture to a sample's line. */
import type { Judged } from "../../cobsat/judge/judge.ts";
import { faithfulOutcome, outcomeOf, strictOutcome, type Outcome } from "../../cobsat/judge/outcome.ts";
import { mentions } from "../../cobsat/mentions.ts";
import type { PosedPrompt } from "../../cobsat/tasks.ts";
import type { PlannedSample } from "../runs/plan.ts";
import type { Sample } from "../runs/samples.ts";
import type { Verdict } from "./judging.ts";

/** What is known of a sample before its outcome. */
export interface Answer {
  readonly sample: PlannedSample;
  readonly posed: PosedPrompt;
  readonly seed: number;
  readonly text?: string | undefined;
  readonly image?: string | undefined;
  readonly seconds: number;
}

function line({ sample, posed, seed, text, image, seconds }: Answer, outcome: Outcome, judged?: Sample["judged"], beside: Partial<Sample> = {}): Sample {
  const { expected, task, shots, prompt } = posed;
  return {
    id: sample.id, arm: sample.arm, shots, task: task.name, taskId: task.id, prompt, seed, expected: { detail: expected.detail, object: expected.object },
    ...(text === undefined ? {} : { text }), ...(image === undefined ? {} : { image }), ...(judged === undefined ? {} : { judged }), ...outcome, ...beside, seconds,
  };
}

/** A line for a sample that could not be scored. */
export const invalidLine = (answer: Answer, reason: string): Sample => line(answer, { outcome: "invalid", reason });

/** Whether both words are in the text; what was read is the expected value where it is named, else the first of its kind that is. */
export function textLine(answer: Answer): Sample {
  const { posed } = answer, { theme } = posed.task, named = mentions(answer.text ?? ""), details = named.details[theme.detailSpace], subjects = named.subjects.filter((name) => theme.subjects.includes(name));
  const read = (found: readonly string[], expected: string): string | null => (found.includes(expected) ? expected : (found[0] ?? null));
  const judged = { detail: read(details, posed.expected.detail), object: read(subjects, posed.expected.object) };
  return line(answer, outcomeOf(posed.task, posed.expected, { detail: judged.detail ?? undefined, object: judged.object ?? undefined }), judged);
}

const namedBy = ({ detail, object }: Judged): { detail: string | null; object: string | null } => ({ detail: detail.value ?? null, object: object.value ?? null });

/** What a language model said, and how CoBSAT's own reading of it scores; nothing for a judge that chooses without words. */
function asPublished({ task, expected }: PosedPrompt, judged: Judged): Pick<Sample, "replies" | "faithful"> {
  const { detail: { reply: detail }, object: { reply: object } } = judged;
  return detail === undefined || object === undefined ? {} : { replies: { detail, object }, faithful: faithfulOutcome(task, expected, judged).outcome === "correct" };
}

/** What the judges made of a picture; invalid where the first one gave no usable answer. */
export function judgedLine(answer: Answer, { judged, also }: Verdict): Sample {
  const { posed } = answer, { task, expected } = posed, others = Object.entries(also);
  const beside = others.map(([name, other]) => [name, { ...namedBy(other), outcome: strictOutcome(task, expected, other).outcome, ...asPublished(posed, other) }] as const);
  return line(answer, strictOutcome(task, expected, judged), namedBy(judged), { ...asPublished(posed, judged), ...(others.length > 0 ? { also: Object.fromEntries(beside) } : {}) });
}
