/** The arms of the benchmark: what each one draws from, or reads. */

import type { ModelCopy } from "../../micro/pretraining/copies.ts";

/** Where a picture's text features come from: texts pass T5's encoder; an aligner is named by its key among the session's. */
export type Condition =
  | { readonly kind: "lvlm-text" }
  | { readonly kind: "caption" }
  | { readonly kind: "aligned"; readonly aligner: string; readonly whose: "own" | "another" };

export interface DrawnArm {
  readonly name: string;
  /** Who draws; FLUX where left out. */
  readonly by?: "server";
  /** Given where an arm was trained with several seeds. */
  readonly trainingSeed?: number;
  readonly condition: Condition;
  /** The copy of FLUX that draws; the profile's own where left out. */
  readonly flux?: ModelCopy;
}

/** The aligner of the released method, by the name of its arm. */
export const baseline = "thinkdiff-lvlm";

/** An aligner as it is before its first step. */
export const untrained = "untrained-aligner";

/** Arms that draw. */
export const drawnArms: readonly DrawnArm[] = [
  { name: baseline, condition: { kind: "aligned", aligner: baseline, whose: "own" } },
  { name: "text-bridge", condition: { kind: "lvlm-text" } },
  { name: "true-caption", condition: { kind: "caption" } },
  { name: untrained, condition: { kind: "aligned", aligner: untrained, whose: "own" } },
  { name: "shuffled-features", condition: { kind: "aligned", aligner: baseline, whose: "another" } },
  { name: "http", condition: { kind: "lvlm-text" }, by: "server" },
];

/** Rungs that draw nothing, and are cheap. */
export const cheapArms = ["real-image", "lvlm-text", "decoder-text"] as const;

export const armNames: readonly string[] = [...drawnArms.map(({ name }) => name), ...cheapArms];

/** What is scored where no arms are named: all but what another machine is asked, and perhaps paid, for. */
export const defaultArms: readonly string[] = armNames.filter((arm) => arm !== "http");

export const isCheap = (arm: string): boolean => (cheapArms as readonly string[]).includes(arm);

/** Whether an arm needs the LVLM's generation. */
export const readsLvlm = (arm: string): boolean => arm !== "real-image" && arm !== "true-caption";

/** The aligners that arms need, each once. */
export function alignersOf(arms: Iterable<string>): string[] {
  const needed = [...arms].flatMap((arm) => {
    if (arm === "decoder-text") return [baseline];
    const condition = drawnArms.find(({ name }) => name === arm)?.condition;
    return condition?.kind === "aligned" ? [condition.aligner] : [];
  });
  return [...new Set(needed)];
}
