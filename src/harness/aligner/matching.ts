/** Which of T5's tokens stands where one of the LVLM's ends, in a text that both have tokenised. */
import type { TextTokenizer } from "../../text/tokenizer.ts";

const solid = (text: string): number => text.replace(/[\s\u2581]/g, "").length;

/** For each of the LVLM's tokens, the place of the T5 token that holds its last character; white space, which the two mark differently, is not counted. */
export function matchedPlaces(lvlmIds: Iterable<number>, t5Ids: readonly number[], { lvlm, t5 }: { readonly lvlm: TextTokenizer; readonly t5: TextTokenizer }): number[] {
  let place = 0, read = 0;
  const ends = t5Ids.map((id) => (id === t5.eosId ? 0 : solid(t5.tokens[id]!))), last = Math.max(0, ends.findLastIndex((n) => n > 0));
  let passed = ends[0] ?? 0;
  return Array.from(lvlmIds, (id) => {
    read += solid(lvlm.decode([id], { skipSpecial: true }));
    while (place < last && passed < read) passed += ends[++place]!;
    return place;
  });
}
