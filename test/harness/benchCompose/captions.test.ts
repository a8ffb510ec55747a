import { expect, it } from "vitest";
import { readTogether, tokensAtOnce } from "../../../src/harness/benchCompose/captions.ts";

it("reads neighbours together as long as their image tokens have room, and a larger picture alone", () => {
  const half = tokensAtOnce / 2, pictures = [half, half - 1, 2, half, tokensAtOnce + 1, 1].map((tokens, at) => ({ tokens, at }));
  expect(readTogether(pictures).map((group) => group.map(({ at }) => at))).toEqual([[0, 1], [2, 3], [4], [5]]);
  expect(readTogether([])).toEqual([]);
});
