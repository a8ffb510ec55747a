/** What a claim of the paper is, and what testing it on a run's records can find. */
import type { Comparison } from "../compare/paired.ts";
import type { Records } from "../summary/summarise.ts";
import type { Summary, Verdict } from "../summary/types.ts";
import type { BaseChoice } from "./caveats.ts";

/** A run's records and the numbers made of them. */
export interface ClaimContext extends Records {
  readonly summary: Omit<Summary, "claims">;
  /** Random draws for each interval and p-value; 10,000 by default. */
  readonly draws?: number;
}

/** What more a finding says, as it goes into the evidence. */
type Extra = Readonly<Record<string, unknown>>;

interface At {
  /** How many times its own scale the T5 norm had; 1 where left out. */
  readonly scale?: number;
  readonly note?: string | undefined;
  readonly extra?: Extra;
}

/** An effect in accuracy, positive in the paper's direction, beside the paper's own. */
export interface MeasuredFinding extends At {
  readonly kind: "measured";
  readonly comparison: Comparison;
  /** The paper's effect, as a positive difference of accuracies. */
  readonly published: number;
  /** Where that figure is from, if the paper does not print it. */
  readonly publishedFrom?: string;
}

/** Settled by a stated rule without a p-value. */
export interface RuledFinding extends At {
  readonly kind: "ruled";
  readonly verdict: Exclude<Verdict, "depends on scale">;
  readonly rule: string;
  readonly seeds: readonly number[];
}

/** What no run of this kind can settle. */
export interface UntestableFinding extends At {
  readonly kind: "untestable";
}

export type Finding = MeasuredFinding | RuledFinding | UntestableFinding;

/** A claim of the paper and its test on the records of one kind of run. */
export interface PaperClaim<Context = ClaimContext> {
  readonly id: string;
  readonly section: string;
  /** The paper's own words. */
  readonly sentence: string;
  /** What is tested. */
  readonly statement: string;
  /** Whether it compares trainings, so that one training seed is not enough. */
  readonly aboutTraining: boolean;
  /** Choices of the base models that decide it as much as the method does; they are printed beside it. */
  readonly touchedBy?: readonly BaseChoice[];
  /** One finding for each scale of the norm at which the records speak of it; none where they do not. */
  test(context: Context): readonly Finding[];
}
