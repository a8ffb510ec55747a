import { expect, test } from "vitest";
import { finalNormInWords, noiseInWords } from "../../../src/harness/benchCobsat/baseChoices.ts";
import { caveatsOf } from "../../../src/harness/claims/caveats.ts";
import { openT5 } from "../../../src/harness/models.ts";
import { scaleCurve } from "../../../src/harness/report/scaleCurve.ts";
import { syntheticContext } from "./synthetic.ts";

test("a claim's caveats are the choices that the run has on record", () => {
  const { record } = syntheticContext([]), settings = { ...record.identity.settings, t5FinalNorm: "weights of median 1" }, run = { ...record, identity: { ...record.identity, settings } };
  expect(caveatsOf(["t5FinalNorm", "conditioningNoise"], run)).toEqual(["the final norm of this T5's encoder, a choice: weights of median 1"]);
});

test("the choices are read from the models", () => {
  expect(finalNormInWords(openT5("assets/micro/t5"))).toMatch(/^weights of median \d\.\d+, standard deviation of their logarithm 0\.\d+$/);
  expect(noiseInWords("assets/micro/flux")).toMatch(/noise/);
  expect(noiseInWords("no such folder")).toBeUndefined();
});

test("the curve over scales shows every measured one, and nothing where there is nothing to compare", () => {
  const measured = (scale: number, effect: number) => ({ scale, effect, ci95: [effect - 0.1, effect + 0.1] as const });
  expect(scaleCurve([measured(0.125, 0.3), measured(1, 0), measured(8, -0.1)]).text.match(/<circle/g)).toHaveLength(3);
  expect(scaleCurve([measured(1, 0), { scale: 8 }]).text).toBe("");
});
