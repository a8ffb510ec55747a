import { baseline } from "./baseline.ts";
import defaultInit from "./default-init.ts";
import type { Experiment } from "./experiment.ts";
import inputTokens from "./input-tokens.ts";
import noMasking from "./no-masking.ts";
import noRmsNorm from "./no-rmsnorm.ts";

const factors = [["third", 1 / 3], ["triple", 3]] as const;

const swept = [baseline, noRmsNorm, defaultInit, noMasking, inputTokens];

const nameAt = (arm: string, word: string): string => `${arm}-${word}-rate`;

/** The arms whose rates are swept, the baseline first. */
export const sweptArms: readonly string[] = swept.map(({ name }) => name);

/** An arm's names at each rate, in multiples of the baseline's, ascending. */
export const ratesOf = (arm: string): readonly { readonly name: string; readonly rate: number }[] =>
  [{ name: arm, rate: 1 }, ...factors.map(([word, rate]) => ({ name: nameAt(arm, word), rate }))].sort((a, b) => a.rate - b.rate);

/** Beyond the paper: every arm at a third of the baseline's rate and at three times it, since a norm that only asks for another rate is not needed. */
const rateSweep: readonly Experiment[] = swept.flatMap((experiment) => factors.map(([word, rate]): Experiment =>
  ({ ...experiment, name: nameAt(experiment.name, word), summary: `${experiment.summary}; ${word} learning rate`, rate })));

export default rateSweep;
