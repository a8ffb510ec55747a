/** Choices of the base models' makers that a claim's verdict is about as much as about the paper's method. */
import { describeDisturbance, type Disturbance } from "../../micro/pretraining/stateDisturbance.ts";
import type { RunRecord } from "../runs/record.ts";

/** Names of such choices among a run's settings. */
export type BaseChoice = "t5FinalNorm" | "conditioningNoise";

const words: Readonly<Record<BaseChoice, (value: unknown) => string>> = {
  t5FinalNorm: (value) => `the final norm of this T5's encoder, a choice: ${String(value)}`,
  conditioningNoise: (value) => (value === "not recorded" ? "how far from T5's states the features were that FLUX saw in pretraining is not recorded"
    : `what FLUX saw in pretraining, a choice: ${typeof value === "object" && value !== null ? describeDisturbance(value as Disturbance) : String(value)}`),
};

/** A line for each of the choices that the run has on record. */
export const caveatsOf = (choices: readonly BaseChoice[], { identity }: RunRecord): string[] =>
  choices.flatMap((choice) => (identity.settings[choice] === undefined ? [] : [words[choice](identity.settings[choice])]));
