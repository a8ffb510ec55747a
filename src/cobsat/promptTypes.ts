/** What the six prompt types of CoBSAT change in a prompt's inputs; the instruction around them is the model's own affair. */
import { shownName } from "./vocabulary.ts";
import { hiddenHalf, type Pair, type PosedPrompt, type Task } from "./tasks.ts";

/** default; misleading (texts also name a wrong theta); exact (the true theta); caption (captions for images); instruct (says what is common); cot (analyse, then generate). */
export const promptTypes = ["default", "misleading", "exact", "caption", "instruct", "cot"] as const;
export type PromptType = (typeof promptTypes)[number];

/** A piece of a prompt: words shown as text, or one of the benchmark's images. */
export type PromptPart = { readonly kind: "text"; readonly text: string } | { readonly kind: "image"; readonly pair: Pair };

/** The words beside the i-th image (or of the query) under a prompt type, in shown names. */
export function shownText(text: { readonly x: string; readonly theta: string; readonly misleading: string }, type: PromptType): string {
  const x = shownName(text.x);
  return type === "misleading" ? `${x} ${shownName(text.misleading)}` : type === "exact" ? `${x} ${shownName(text.theta)}` : x;
}

/**
 * The prompt's inputs in order: text, image, text, image ... query text. `captionOf` is asked only for type "caption",
 * where each image's place is taken by its caption.
 */
export function promptParts(posed: PosedPrompt, type: PromptType, captionOf?: (pair: Pair) => string): PromptPart[] {
  if (type === "caption" && !captionOf) throw new Error(`prompt type "caption" needs the data set's captions`);
  const picture = (pair: Pair): PromptPart => (type === "caption" ? { kind: "text", text: captionOf!(pair) } : { kind: "image", pair });
  return [
    ...posed.demonstrations.flatMap((demonstration): PromptPart[] => [{ kind: "text", text: shownText(demonstration, type) }, picture(demonstration.pair)]),
    { kind: "text", text: shownText(posed.query, type) },
  ];
}

/** What the "instruct" type tells of a task: which half all pictures share and which one the words name. */
export function sharedHalfHint(task: Task): string {
  const space = { detail: task.theme.detailSpace, object: task.theme.subjectSpace };
  return `All pictures share the same ${space[hiddenHalf(task)]}; each word names the ${space[task.given]} of its picture.`;
}

/** The two turns of the "cot" type: first the demonstrations are analysed, then the query's picture is asked for. */
export function analysisTurns(posed: PosedPrompt): readonly [analyse: string, generate: string] {
  return [
    "Explain step by step how the words and the pictures belong together and what all pictures have in common.",
    `Following your analysis, make the picture that belongs to "${shownText(posed.query, "cot")}".`,
  ];
}
