/** From a judge's choices to a sample's outcome. */
import { hiddenHalf, valuesOf, type Half, type Pair, type Task } from "../tasks.ts";
import { namedBy, type Judged, type Named } from "./judge.ts";
import { faithfulChoice } from "./replies.ts";

/** Which half failed: the one the query gives, the one the demonstrations imply, or both. */
export type Missed = "given" | "inferred" | "both";

export type Outcome =
  | { readonly outcome: "correct" }
  | { readonly outcome: "wrong"; readonly missed: Missed }
  | { readonly outcome: "invalid"; readonly reason: string };

/** The outcome of two named halves; a half without a name matches nothing. */
export function outcomeOf(task: Task, expected: Pair, named: Named): Outcome {
  const hidden = hiddenHalf(task), given = named[task.given] === expected[task.given], inferred = named[hidden] === expected[hidden];
  if (given && inferred) return { outcome: "correct" };
  return { outcome: "wrong", missed: given ? "inferred" : inferred ? "given" : "both" };
}

/** The strict outcome: invalid where either half has no usable answer. */
export function strictOutcome(task: Task, expected: Pair, judged: Judged): Outcome {
  for (const half of ["detail", "object"] as const) {
    const choice = judged[half];
    if (choice.value === undefined) return { outcome: "invalid", reason: `${half}: ${choice.reason}` };
  }
  return outcomeOf(task, expected, namedBy(judged));
}

/** The outcome as CoBSAT publishes it: replies are read by joining their digits, and no usable answer counts as wrong. */
export function faithfulOutcome(task: Task, expected: Pair, judged: Judged): Outcome {
  const named = (half: Half): string | undefined => {
    const { reply, value } = judged[half];
    return reply === undefined ? value : faithfulChoice(reply, valuesOf(task.theme, half));
  };
  return outcomeOf(task, expected, { detail: named("detail"), object: named("object") });
}
