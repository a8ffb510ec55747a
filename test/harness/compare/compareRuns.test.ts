import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compareRuns, comparisonText } from "../../../src/harness/compare/compareRuns.ts";
import { openRun } from "../../../src/harness/runs/run.ts";
import { fixtureIdentity, fixturePlan } from "../fixtureRun.ts";
import { syntheticSamples, type SyntheticArm } from "../claims/synthetic.ts";

let root: string;

beforeAll(() => { root = mkdtempSync(join(tmpdir(), "compare-")); });
afterAll(() => rmSync(root, { recursive: true }));

/** A run folder of SYNTHETIC samples. */
function runOf(name: string, steps: number, arms: readonly SyntheticArm[]): string {
  const run = openRun(join(root, name), fixtureIdentity({ settings: { samplerSteps: steps } }), { arguments: {}, plan: fixturePlan(arms.map(({ arm }) => arm), ["Color-I"], 12, [2]) });
  run.appendSamples(arms.flatMap((arm) => syntheticSamples({ ...arm, tasks: ["Color-I"], prompts: 12 })));
  run.close();
  return run.folder;
}

test("pairs two runs sample by sample, second minus first", () => {
  const first = runOf("first", 8, [{ arm: "thinkdiff-lvlm", rate: 0 }, { arm: "text-bridge", rate: 0.5 }, { arm: "true-caption", rate: 1 }]);
  const second = runOf("second", 16, [{ arm: "thinkdiff-lvlm", rate: 1, seeds: [43] }, { arm: "text-bridge", rate: 0.5 }]);
  const compared = compareRuns(first, second), [bridge, main] = compared.arms;
  expect(main).toMatchObject({ arm: "thinkdiff-lvlm", n: 12, first: 0, second: 1, effect: 1, mcnemar: { onlyFirst: 12, onlySecond: 0 } });
  expect(main!.mcnemar!.p).toBeCloseTo(2 / 2 ** 12, 12);
  expect(bridge).toMatchObject({ effect: 0, p: 1, pHolm: 1 });
  expect(compared.unpaired).toEqual(["true-caption, 2 shots"]);
  expect(compared.differences).toEqual(["settings samplerSteps: recorded 8, now 16"]);
  const text = comparisonText(compared);
  for (const part of ["thinkdiff-lvlm", "+100.0", "0/12", "Not in both: true-caption, 2 shots", "samplerSteps"]) expect(text).toContain(part);
});

test("refuses runs without a common sample", () => {
  expect(() => compareRuns(runOf("a", 1, [{ arm: "text-bridge", rate: 1 }]), runOf("b", 1, [{ arm: "true-caption", rate: 1 }]))).toThrow(/no sample in common/);
});
