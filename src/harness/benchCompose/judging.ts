/** The judges on compositions: one question for each attribute, put through that attribute's theme. */
import type { Choice, Judged } from "../../cobsat/judge/judge.ts";
import { themes, type Theme } from "../../cobsat/tasks.ts";
import { judgePngs, type Panel } from "../benchCobsat/judging.ts";
import type { Attribute } from "./cases.ts";
import { composeOutcome, type ComposeLine } from "./lines.ts";

/** A picture to judge, as a PNG's bytes. */
export interface Composition {
  readonly png: Uint8Array;
  readonly expected: readonly Attribute[];
}

/** The part of a line that judges decide. */
export type Reading = Pick<ComposeLine, "outcome" | "missed" | "reason" | "judged" | "also">;

/** The theme that asks for each attribute, in their order: the subject goes with a detail whose theme has it. */
function questionsOf(expected: readonly Attribute[]): Map<Attribute, Theme> {
  const details = themes.filter(({ detailSpace }) => expected.some(({ slot }) => slot === detailSpace));
  return new Map(expected.map((attribute) => [attribute, attribute.slot === "object" ? [...details, ...themes].find(({ subjects }) => subjects.includes(attribute.value))! : details.find(({ detailSpace }) => detailSpace === attribute.slot)!]));
}

/** How many themes the judges are asked about for a picture. */
export const themesAsked = (expected: readonly Attribute[]): number => new Set(questionsOf(expected).values()).size;

const choiceOf = ({ slot }: Attribute, { detail, object }: Judged): Choice => (slot === "object" ? object : detail);

/** What one judge's choices make of a picture; invalid where one of them is no usable answer. */
function readingOf(choices: readonly (readonly [Attribute, Choice])[]): Pick<ComposeLine, "missed" | "reason"> & { readonly outcome: Exclude<ComposeLine["outcome"], "measured">; readonly judged: Record<string, string | null> } {
  const judged = Object.fromEntries(choices.map(([{ slot }, { value }]) => [slot, value ?? null])), unusable = choices.find(([, { value }]) => value === undefined);
  if (unusable) return { judged, outcome: "invalid", reason: `${unusable[0].slot}: ${(unusable[1] as { readonly reason: string }).reason}` };
  return { judged, ...composeOutcome(choices.map(([attribute]) => attribute), judged) };
}

/** What the judges make of pictures, in order. */
export async function judgeCompositions(panel: Panel, pictures: readonly Composition[]): Promise<Reading[]> {
  const asked = pictures.map(({ expected }) => questionsOf(expected)), items = pictures.flatMap(({ png }, i) => [...new Set(asked[i]!.values())].map((theme) => ({ i, png, theme })));
  const verdicts = await judgePngs(panel, items), answers = items.map(({ i, theme }, j) => ({ i, theme, verdict: verdicts[j]! }));
  return pictures.map((_, i): Reading => {
    const own = answers.filter((answer) => answer.i === i), choices = (judgedBy: (verdict: Exclude<(typeof verdicts)[number], { undecodable: string }>) => Judged) =>
      [...asked[i]!].map(([attribute, theme]) => [attribute, choiceOf(attribute, judgedBy(own.find((answer) => answer.theme === theme)!.verdict as never))] as const);
    const first = own[0]!.verdict;
    if ("undecodable" in first) return { outcome: "invalid", reason: first.undecodable };
    const also = Object.keys(first.also).map((name) => {
      const { judged, outcome } = readingOf(choices((verdict) => verdict.also[name]!));
      return [name, { judged, outcome }] as const;
    });
    return { ...readingOf(choices((verdict) => verdict.judged)), ...(also.length > 0 ? { also: Object.fromEntries(also) } : {}) };
  });
}
