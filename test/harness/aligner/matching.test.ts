import { expect, test } from "vitest";
import { matchedPlaces } from "../../../src/harness/aligner/matching.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";

const lvlm = loadTokenizer("assets/micro/lvlm"), t5 = loadTokenizer("assets/micro/t5");

test("each of the LVLM's tokens is matched with the T5 token that holds its last character", () => {
  const text = "A red watercolor car, drawn in a volcano. Zebras sleep!", ids = lvlm.encode(text, { special: false }), tokens = t5.encode(text), places = matchedPlaces(ids, tokens, { lvlm, t5 });
  const bare = (s: string): string => s.replace(/[\s\u2581]/g, ""), through = (n: number): string => bare(tokens.slice(0, n).map((id) => t5.tokens[id]!).join(""));
  expect(places).toHaveLength(ids.length);
  expect(new Set(places).size).toBeGreaterThan(5);
  places.forEach((place, i) => {
    const read = bare(lvlm.decode(ids.slice(0, i + 1))).length;
    expect(through(place).length).toBeLessThan(read);
    expect(through(place + 1).length).toBeGreaterThanOrEqual(read);
  });
});

test("tokens behind the end of T5's text stay with its last word", () => {
  const tokens = t5.encode("a car");
  expect(matchedPlaces(lvlm.encode("a car and more words"), tokens, { lvlm, t5 }).at(-1)).toBe(tokens.length - 2);
});
