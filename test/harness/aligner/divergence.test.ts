import { expect, test } from "vitest";
import { DivergenceWatch } from "../../../src/harness/aligner/divergence.ts";

const seen = (...losses: number[]) => {
  const watch = new DivergenceWatch();
  return losses.map((loss, step) => watch.see(step, loss, 1));
};

test("a number that is not finite ends a training where it stands", () => {
  expect(seen(2, 1, NaN).map(({ diverged }) => diverged)).toEqual([null, null, 2]);
  expect(new DivergenceWatch().see(0, 1, Infinity)).toEqual({ sound: false, diverged: 0 });
});

test("a loss that stays above three times the first has exploded where that began; a spike has not", () => {
  expect(seen(2, 7, 7, 7, 7, 1, 7, 7).every(({ diverged }) => diverged === null)).toBe(true);
  const exploded = seen(2, 1, 7, 8, 9, 10, 11);
  expect(exploded.map(({ diverged }) => diverged)).toEqual([null, null, null, null, null, null, 2]);
  expect(exploded.map(({ sound }) => sound)).toEqual([true, true, false, false, false, false, false]);
  expect(seen(2, 7, 7, NaN).at(-1)).toEqual({ sound: false, diverged: 1 });
});
