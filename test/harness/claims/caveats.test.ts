import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { conditioningNoise, finalNormInWords } from "../../../src/harness/benchCobsat/baseChoices.ts";
import { caveatsOf, trainedFor } from "../../../src/harness/claims/caveats.ts";
import { openT5 } from "../../../src/harness/models.ts";
import { fluxRecipe } from "../../../src/micro/pretraining/flux.ts";
import { conditioningDisturbance } from "../../../src/micro/pretraining/fluxTraining.ts";
import { scaleCurve } from "../../../src/harness/report/scaleCurve.ts";
import { syntheticContext } from "./synthetic.ts";

test("a claim's caveats are the choices that the run has on record", () => {
  const { record } = syntheticContext([]), settings = { ...record.identity.settings, t5FinalNorm: "weights of median 1" }, run = { ...record, identity: { ...record.identity, settings } };
  expect(caveatsOf(["t5FinalNorm", "conditioningNoise"], run)).toEqual(["the final norm of this T5's encoder, a choice: weights of median 1"]);
  const seen = (conditioningNoise: string | Record<string, number>): string => caveatsOf(["conditioningNoise"], { ...run, identity: { ...run.identity, settings: { conditioningNoise } } })[0]!;
  expect(seen({ clean: 0.15, independent: 1, shared: 1.5, mixed: 0.6, foreign: 1 })).toMatch(/offset .* of at most 1.5 .*60 % .*15 % of the samples are clean/);
  expect(seen("not recorded")).toMatch(/not recorded/);
});

test("how aligners were trained is one of them, wherever they were", () => {
  expect(trainedFor([])).toEqual([]);
  expect(trainedFor([{ steps: 2400, peakRate: 0.003 }, { steps: 2400, peakRate: 0.003 }, { steps: 450, peakRate: 0.009000000000000001 }])).toEqual(["how aligners were trained, a choice: 2,400 and 450 steps, learning rates of at most 0.003, 0.009"]);
});

test("the choices are read from the models", () => {
  expect(finalNormInWords(openT5("assets/micro/t5"))).toMatch(/^weights of median \d\.\d+, standard deviation of their logarithm 0\.\d+$/);
  const folder = mkdtempSync(join(tmpdir(), "choices-")), disturbance = { clean: 0.15, independent: 1, shared: 1.5, mixed: 0.6, foreign: 1 };
  expect(conditioningNoise(folder)).toBe("not recorded");
  writeFileSync(join(folder, "recipe.json"), JSON.stringify({ recipe: "flux", steps: 3 }));
  expect(conditioningNoise(folder)).toBe("not recorded");
  writeFileSync(join(folder, "recipe.json"), JSON.stringify({ recipe: "flux", steps: 3, conditioningDisturbance: disturbance }));
  expect(conditioningNoise(folder)).toEqual(disturbance);
  rmSync(folder, { recursive: true });
  expect(fluxRecipe.numbers).toMatchObject({ conditioningDisturbance });
});

test("the curve over scales shows every measured one, and nothing where there is nothing to compare", () => {
  const measured = (scale: number, effect: number) => ({ scale, effect, ci95: [effect - 0.1, effect + 0.1] as const });
  expect(scaleCurve([measured(0.125, 0.3), measured(1, 0), measured(8, -0.1)]).text.match(/<circle/g)).toHaveLength(3);
  expect(scaleCurve([measured(1, 0), { scale: 8 }]).text).toBe("");
});
