import type { Split } from "../../ablations/experiment.ts";
import type { Random } from "../../random/random.ts";

/** Positions of a text's tokens: those whose features are given, those whose text is the target. */
export interface Parts { readonly given: readonly number[]; readonly target: readonly number[] }

const positions = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const splits: Readonly<Record<Split, (n: number, random: Random) => Parts>> = {
  none: (n) => ({ given: positions(n), target: positions(n) }),
  prefix(n, random) {
    const s = 1 + random.int(n - 1);
    return { given: positions(s), target: positions(n).slice(s) };
  },
  "random-subset"(n, random) {
    const s = 1 + random.int(n - 1), chosen = new Set(random.shuffle(positions(n)).slice(0, s));
    return { given: positions(n).filter((i) => chosen.has(i)), target: positions(n).filter((i) => !chosen.has(i)) };
  },
};

/** Fewest tokens a text must have for every split. */
export const shortestText = 2;

/** Splits a text of n >= 2 tokens; both parts are in order and neither is empty. */
export function splitText(split: Split, n: number, random: Random): Parts {
  if (n < shortestText) throw new Error(`a text of ${n} tokens cannot be split; ${shortestText} are needed`);
  return splits[split](n, random);
}
