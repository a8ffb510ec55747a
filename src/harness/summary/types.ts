/** summary.json's fields. */

export type Bounds = readonly [low: number, high: number];

/** An arm on one task. accuracy = correct / n, strictAccuracy = correct / (n - invalid), null where nothing is left to divide by; `missed` splits the wrong ones. */
export interface Cell {
  readonly arm: string;
  readonly shots: number;
  readonly task: string;
  readonly taskId: number;
  readonly n: number;
  readonly correct: number;
  readonly wrong: number;
  readonly invalid: number;
  readonly missed: Readonly<Record<"given" | "inferred" | "both", number>>;
  readonly accuracy: number;
  readonly strictAccuracy: number | null;
  readonly ci95: Bounds;
  /** The paper's accuracy for this arm and task. */
  readonly published: number | null;
}

/** An accuracy over several tasks: the mean of the task accuracies, its interval by resampling `clusters` targets. */
export interface Accuracy {
  readonly n: number;
  readonly clusters: number;
  readonly tasks: number;
  readonly accuracy: number;
  readonly ci95: Bounds;
}

export interface Average extends Accuracy {
  readonly arm: string;
  readonly shots: number;
  /** The same without invalid samples; null where no other is left. */
  readonly strictAccuracy: number | null;
  readonly strictCi95: Bounds | null;
  readonly invalid: number;
  /** The paper's average over ten tasks. */
  readonly published: number | null;
}

/** How often something holds: the mean of the tasks' rates, its interval by resampling targets. */
export interface Proportion {
  readonly n: number;
  readonly rate: number;
  readonly ci95: Bounds;
}

/** One judge on one arm. `faithful` is CoBSAT's own reading of replies in words; `agreement` is with the deciding judge on both halves. Null where they do not apply. */
export interface JudgeScore {
  readonly arm: string;
  readonly shots: number;
  /** Empty for the judge that decides. */
  readonly judge: string;
  readonly accuracy: Proportion;
  readonly faithful: Proportion | null;
  readonly agreement: Proportion | null;
}

/** A rung of the error ladder. An analytic one follows from the task alone: n is 0 and the interval is the number itself. */
export interface Rung {
  readonly rung: string;
  readonly shots: number;
  readonly n: number;
  readonly accuracy: number;
  readonly ci95: Bounds;
  readonly analytic: boolean;
  /** The samples whose target was held out of the LVLM's in-context training. */
  readonly heldOut: { readonly n: number; readonly accuracy: number | null; readonly ci95: Bounds | null };
}

/** What changing one thing costs, over the samples that both arms answered: accuracy of `from` less that of `to`, with its paired cluster-bootstrap interval. */
export interface Drop {
  readonly from: string;
  readonly to: string;
  readonly shots: number;
  readonly n: number;
  readonly drop: number;
  readonly ci95: Bounds;
}

/** An arm that was trained with several seeds. `deviation` is the standard deviation of the accuracies over seeds, which all answered the same prompts; `sampleDeviation` the standard error of one seed's accuracy over targets. */
export interface SeedSpread {
  readonly arm: string;
  readonly shots: number;
  readonly seeds: readonly { readonly seed: number; readonly n: number; readonly accuracy: number; readonly ci95: Bounds }[];
  readonly mean: number;
  readonly deviation: number;
  readonly sampleDeviation: number;
}

export type Verdict = "reproduced" | "not reproduced" | "depends on scale" | "not testable here";

/** What a verdict rests on; an effect is a difference of accuracies, positive in the paper's direction. What does not apply is left out or null. */
export interface ClaimEvidence {
  /** The paper's own words and where they stand. */
  readonly sentence?: string;
  readonly section?: string;
  readonly effect?: number;
  readonly ci95?: Bounds;
  readonly p?: number | null;
  /** Adjusted over the `family` p-values of the ledger. */
  readonly pHolm?: number | null;
  readonly family?: number;
  /** Pairs of samples, and the targets among them. */
  readonly n?: number;
  readonly clusters?: number;
  readonly published?: number;
  readonly minimumDetectable?: number | null;
  /** Pairs that would decide, beside "not testable here". */
  readonly nToDecide?: number | null;
  /** The effect of each training seed, and their standard deviation. */
  readonly seeds?: readonly { readonly seed: number; readonly effect: number }[];
  readonly seedSpread?: number | null;
  /** "one seed" where training seeds are too few. */
  readonly mark?: string;
  readonly rule?: string;
  readonly note?: string;
  /** Choices of the base models that the verdict is about as well. */
  readonly caveats?: readonly string[];
  /** The scale of T5's final norm, and the findings at each where there are several. */
  readonly scale?: number;
  readonly scales?: readonly (ClaimEvidence & { readonly verdict: Verdict })[];
  /** Those of the scales at which the claim could not be tested, where it could be at others. */
  readonly untestedScales?: readonly number[];
  readonly [other: string]: unknown;
}

/** A statement of the paper and what the records say of it. */
export interface Claim {
  readonly id: string;
  readonly statement: string;
  readonly verdict: Verdict;
  readonly evidence: ClaimEvidence;
}

/** An aligner's training. `steps` counts the recorded ones; losses are those of the first and the last of them, null where not finite. */
export interface TrainingSummary {
  readonly arm: string;
  readonly seed: number;
  readonly steps: number;
  /** The highest learning rate of any step. */
  readonly peakRate: number;
  readonly firstLoss: number | null;
  readonly finalLoss: number | null;
  /** The mean of the last tenth of the steps, null where one of them is not finite. */
  readonly finalLossMean: number | null;
  readonly heldOutLoss: number | null;
  readonly nonFiniteSteps: number;
  readonly seconds: number;
  readonly parameters: number | null;
  readonly diverged: boolean;
  /** The step at which it broke, where that is on record. */
  readonly divergedAt?: number;
  /** What the loss is, where it is not that of T5's decoder. */
  readonly objective?: string;
}

export interface StageSummary {
  readonly stage: string;
  readonly seconds: number;
  readonly peakRssBytes: number;
}

export interface Summary {
  readonly kind: "cobsat" | "ablation";
  readonly profile: string;
  readonly seed: number;
  /** Every sample that was asked for is there. */
  readonly complete: boolean;
  readonly planned: number;
  readonly finished: number;
  readonly cells: readonly Cell[];
  readonly averages: readonly Average[];
  readonly ladder: readonly Rung[];
  /** Where accuracy is lost between rungs. */
  readonly drops: readonly Drop[];
  /** Where several judges looked, or replies were read in CoBSAT's way. */
  readonly judges: readonly JudgeScore[];
  /** Arms that were trained with several seeds. */
  readonly seedSpreads: readonly SeedSpread[];
  readonly claims: readonly Claim[];
  readonly training: readonly TrainingSummary[];
  readonly stages: readonly StageSummary[];
}
