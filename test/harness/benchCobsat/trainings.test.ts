import { expect, it } from "vitest";
import { requestOf } from "../../../src/harness/benchCobsat/options.ts";
import { baselineTrainings, trainedArm, trainingsOf } from "../../../src/harness/benchCobsat/trainings.ts";
import { microProfile as profile } from "../../../src/harness/profile.ts";

it("plans further training seeds for ThinkDiff-LVLM alone, each with an aligner of its own", () => {
  const { plan } = requestOf({ profile, shots: [2], tasks: [1], samples: 5, arms: ["true-caption", "thinkdiff-lvlm", "shuffled-features"], seeds: 3 });
  expect(plan.map(({ arm, trainingSeed, prompts }) => [arm, trainingSeed, prompts])).toEqual([["true-caption", undefined, 5], ["thinkdiff-lvlm", undefined, 5], ["thinkdiff-lvlm", 43, 5], ["thinkdiff-lvlm", 44, 5], ["shuffled-features", undefined, 5]]);
  expect(baselineTrainings(profile, 2).map(trainedArm)).toEqual([
    { name: "thinkdiff-lvlm", condition: { kind: "aligned", aligner: "thinkdiff-lvlm", whose: "own" } },
    { name: "thinkdiff-lvlm", trainingSeed: 43, condition: { kind: "aligned", aligner: "thinkdiff-lvlm/43", whose: "own" } },
  ]);
});

it("trains no further seed for arms that read the first one's aligner, and none for those that read none", () => {
  const seeds = (...arms: string[]): number[] => trainingsOf(new Set(arms), baselineTrainings(profile, 3)).map(({ experiment }) => experiment.seed);
  expect([seeds("thinkdiff-lvlm", "true-caption"), seeds("shuffled-features"), seeds("decoder-text"), seeds("true-caption", "untrained-aligner")]).toEqual([[42, 43, 44], [42], [42], []]);
});
