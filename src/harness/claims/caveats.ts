/** Choices of the base models' makers, and of the length of training, that a claim's verdict is about as much as about the paper's method. */
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

/** A line that says for how many steps, and at which rates, a run's aligners were trained, where any were: verdicts may change with both. */
export function trainedFor(trainings: readonly { readonly steps: number; readonly peakRate: number }[]): string[] {
  const steps = [...new Set(trainings.map((training) => training.steps))], rates = [...new Set(trainings.map(({ peakRate }) => Number(peakRate.toPrecision(3))))].sort((a, b) => a - b);
  return steps.length === 0 ? [] : [`how aligners were trained, a choice: ${steps.map((one) => one.toLocaleString("en")).join(" and ")} steps, learning rates of at most ${rates.join(", ")}`];
}
