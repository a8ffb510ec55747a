/** CoBSAT's official prompt lists: which values are demonstrated and asked, the same for all ten tasks. */
import { MersenneTwister } from "./mersenneTwister.ts";

/** One prompt in the official JSON form: positions in a task's x values and theta values (contents 0..9). */
export interface PromptIndices {
  readonly x_list: readonly number[];
  readonly theta_list: readonly number[];
}

/** "default": the 1,000 prompts over all ten values; "ft_test": those of the fine-tuning split, over values 5..9. */
export type PromptSplit = "default" | "ft_test";

export const promptCount = 1000;
const promptSeed = 123;

/** The official prompts of a split, in order: both lists are shuffled in place, x first, once per prompt. */
export function officialPrompts(split: PromptSplit = "default"): readonly PromptIndices[] {
  const values = split === "default" ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [5, 6, 7, 8, 9];
  const random = new MersenneTwister(promptSeed), x = [...values], theta = [...values];
  return Array.from({ length: promptCount }, () => {
    random.shuffle(x);
    random.shuffle(theta);
    return { x_list: [...x], theta_list: [...theta] };
  });
}
