/** Choices of the base models' makers that a claim's verdict is about as much as about the paper's method. */
import type { RunRecord } from "../runs/record.ts";

/** Names of such choices among a run's settings. */
export type BaseChoice = "t5FinalNorm" | "conditioningNoise";

const words: Readonly<Record<BaseChoice, (value: unknown) => string>> = {
  t5FinalNorm: (value) => `the final norm of this T5's encoder, a choice: ${String(value)}`,
  conditioningNoise: (value) => `what FLUX saw in pretraining, a choice: ${String(value)}`,
};

/** A line for each of the choices that the run has on record. */
export const caveatsOf = (choices: readonly BaseChoice[], { identity }: RunRecord): string[] =>
  choices.flatMap((choice) => (identity.settings[choice] === undefined ? [] : [words[choice](identity.settings[choice])]));
