import { baseline } from "./baseline.ts";
import { defaultInit } from "./default-init.ts";
import type { Experiment } from "./experiment.ts";
import { inputTokens } from "./input-tokens.ts";
import { noMasking } from "./no-masking.ts";
import { noRmsNorm } from "./no-rmsnorm.ts";

const factors = [["third", 1 / 3], ["triple", 3]] as const;

/** Beyond the paper: every arm at a third of the baseline's rate and at three times it, since a norm that only asks for another rate is not needed. */
export const rateSweep: readonly Experiment[] = [baseline, noRmsNorm, defaultInit, noMasking, inputTokens].flatMap((experiment) => factors.map(([word, rate]): Experiment =>
  ({ ...experiment, name: `${experiment.name}-${word}-rate`, summary: `${experiment.summary}; ${word} learning rate`, rate })));
