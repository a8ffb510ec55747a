import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/files/sha256.ts";
import { lossLine } from "../../../src/harness/runs/losses.ts";
import { recordSchema, type RunRecord } from "../../../src/harness/runs/record.ts";
import type { PlannedCell } from "../../../src/harness/runs/plan.ts";
import { isHeldOut, type Sample } from "../../../src/harness/runs/samples.ts";
import { compareArms } from "../../../src/harness/summary/cells.ts";
import { summaryOf, type ClaimTest, type Records } from "../../../src/harness/summary/summarise.ts";
import { wilson } from "../../../src/harness/statistics/wilson.ts";
import { fixtureIdentity, fixturePlan, fixtureSample } from "../fixtureRun.ts";

const record = (plan: PlannedCell[]): RunRecord => recordSchema.parse({
  format: 1, identity: fixtureIdentity(), began: "2026-01-01T00:00:00.000Z", arguments: {}, machine: { platform: "p", arch: "a", cpu: "c", cores: 1, memoryBytes: 1 }, versions: {}, source: sha256("source"),
  continued: [], plan, trainings: [{ arm: "no-rmsnorm", seed: 7, parameters: 12, diverged: true, divergedAt: 1 }], stages: [{ stage: "judge", seconds: 1, peakRssBytes: 2 }], benchmarkImages: {},
});

const outcomes = { c: { outcome: "correct" }, g: { outcome: "wrong", missed: "given" }, i: { outcome: "wrong", missed: "inferred" }, b: { outcome: "wrong", missed: "both" }, x: { outcome: "invalid", reason: "no image" } } as const;

/** Samples of one cell, an outcome per letter. */
function samplesOf(arm: string, task: string, letters: string, shots = 2): Sample[] {
  return [...letters].map((letter, prompt) => {
    const { pair: _, outcome: _o, missed: _m, reason: _r, judged: _j, ...line } = fixtureSample(arm, shots, task, prompt);
    return { ...line, ...outcomes[letter as keyof typeof outcomes] } as Sample;
  });
}

const records = (samples: Sample[], plan: PlannedCell[] = []): Records => ({ record: record(plan), samples, losses: [], diagnostics: [] });

describe("summaryOf", () => {
  it("counts cells, splits errors, and keeps invalid apart", () => {
    const [cell] = summaryOf(records(samplesOf("thinkdiff-lvlm", "Color-I", "ccgibbxccc"))).cells, { low, high } = wilson(5, 10);
    expect(cell).toEqual({
      arm: "thinkdiff-lvlm", shots: 2, task: "Color-I", taskId: 1, n: 10, correct: 5, wrong: 4, invalid: 1, missed: { given: 1, inferred: 1, both: 2 },
      accuracy: 0.5, strictAccuracy: 5 / 9, ci95: [low, high], published: 0.622,
    });
  });

  it("averages task accuracies, not samples, with an interval around them", () => {
    const { averages } = summaryOf(records([...samplesOf("text-bridge", "Color-I", "cccccccc"), ...samplesOf("text-bridge", "Style-II", "gg")]));
    expect(averages).toMatchObject([{ arm: "text-bridge", n: 10, tasks: 2, accuracy: 0.5, published: null }]);
    expect(averages[0]!.ci95[0]).toBeLessThanOrEqual(0.5);
    expect(averages[0]!.ci95[1]).toBeGreaterThanOrEqual(0.5);
  });

  it("gives the strict average over what is not invalid, null where nothing is", () => {
    const { averages } = summaryOf(records([...samplesOf("text-bridge", "Color-I", "ccxg"), ...samplesOf("no-masking", "Color-I", "xx")]));
    expect(averages.map(({ accuracy, strictAccuracy, invalid }) => [accuracy, strictAccuracy, invalid])).toEqual([[0.5, 2 / 3, 1], [0, null, 2]]);
  });

  it("scores each judge apart and says how often it names both halves as the deciding one does", () => {
    const also = (detail: string, object: string, outcome: "correct" | "wrong", faithful: boolean) => ({ also: { second: { detail, object, outcome, faithful } } });
    const [a, b, c, d] = samplesOf("text-bridge", "Color-I", "cccc").map((s) => ({ ...s, judged: s.expected }));
    const { judges } = summaryOf(records([
      { ...a!, ...also(a!.expected.detail, a!.expected.object, "correct", true) }, { ...b!, ...also("none", b!.expected.object, "wrong", true) }, { ...c!, ...also("none", "none", "wrong", false) }, d!,
    ] as Sample[]));
    expect(judges.map(({ judge, accuracy, faithful, agreement }) => [judge, accuracy.n, accuracy.rate, faithful?.rate, agreement?.rate])).toEqual([["", 3, 1, undefined, undefined], ["second", 3, 1 / 3, 2 / 3, 1 / 3]]);
    expect(summaryOf(records(samplesOf("text-bridge", "Color-I", "cc"))).judges).toEqual([]);
  });

  it("leaves the paper's average out where tasks are missing", () => {
    const [partial] = summaryOf(records(samplesOf("thinkdiff-lvlm", "Color-I", "c"))).averages;
    expect(partial!.published).toBeNull();
  });

  it("orders the ladder from real images to chance and scores held-out targets apart", () => {
    const samples = [...samplesOf("thinkdiff-lvlm", "Color-I", "c".repeat(40)).map((s) => (isHeldOut(s) ? { ...s, ...outcomes.b } : s)) as Sample[], ...samplesOf("real-image", "Color-I", "c"), ...samplesOf("a-new-ablation", "Color-I", "c")];
    const { ladder } = summaryOf(records(samples)), held = samples.filter((s) => s.arm === "thinkdiff-lvlm" && isHeldOut(s)).length;
    expect(ladder.map((r) => r.rung)).toEqual(["real-image", "thinkdiff-lvlm", "a-new-ablation", "copy-query", "chance"]);
    expect(held).toBeGreaterThan(2);
    expect(ladder[1]).toMatchObject({ n: 40, accuracy: (40 - held) / 40, heldOut: { n: held, accuracy: 0 } });
    expect(ladder.slice(3).map((r) => [r.accuracy, r.n, r.analytic])).toEqual([[0.1, 0, true], [0.01, 0, true]]);
  });

  it("tells held-out targets by (detail index + 3 x object index) mod 7", () => {
    const at = (detail: string, object: string): boolean => isHeldOut({ ...samplesOf("a", "Color-I", "c")[0]!, expected: { detail, object } });
    expect([at("yellow", "leaf"), at("orange", "leaf"), at("blue", "cup"), at("pink", "hat")]).toEqual([true, false, true, true]);  // 0; 5; 8 + 6; 4 + 3
  });

  it("compares rungs over the prompts that both answered", () => {
    const { drops } = summaryOf(records([...samplesOf("real-image", "Color-I", "cccccc"), ...samplesOf("true-caption", "Color-I", "ccgg")]));
    expect(drops).toMatchObject([{ from: "real-image", to: "true-caption", shots: 2, n: 4, drop: 0.5 }]);
  });

  it("is complete once every planned sample is there", () => {
    const plan = fixturePlan(["text-bridge"], ["Color-I"], 2, [2]), samples = samplesOf("text-bridge", "Color-I", "cx");
    expect(summaryOf(records(samples.slice(0, 1), plan))).toMatchObject({ complete: false, planned: 2, finished: 1 });
    expect(summaryOf(records(samples, plan)).complete).toBe(true);
  });

  it("tells each training's ends, divergence and size", () => {
    const step = (n: number, loss: number) => lossLine({ arm: "no-rmsnorm", seed: 7, step: n, loss, lr: 1, gradNorm: 1, seconds: 0.5 });
    const { training, stages } = summaryOf({ ...records([]), losses: [step(0, 5), step(1, NaN), step(2, 4)] });
    expect(training).toEqual([{ arm: "no-rmsnorm", seed: 7, steps: 3, peakRate: 1, firstLoss: 5, finalLoss: 4, finalLossMean: 4, heldOutLoss: null, nonFiniteSteps: 1, seconds: 1.5, parameters: 12, diverged: true, divergedAt: 1 }]);
    expect(stages).toEqual([{ stage: "judge", seconds: 1, peakRssBytes: 2 }]);
  });

  it("gives claims the numbers", () => {
    const claims: ClaimTest = ({ summary: { averages } }) => [{ id: "x", statement: "y", verdict: "not testable here", evidence: { arms: averages.length } }];
    expect(summaryOf(records(samplesOf("text-bridge", "Color-I", "c")), claims).claims).toEqual([{ id: "x", statement: "y", verdict: "not testable here", evidence: { arms: 1 } }]);
  });

  it("keeps ablations in the order of their registry", () => {
    expect(["zeta", "flux-noise-0-bridge", "no-masking", "default-init", "flux-noise-0", "no-rmsnorm", "thinkdiff-lvlm"].sort(compareArms)).toEqual(["thinkdiff-lvlm", "no-rmsnorm", "default-init", "no-masking", "flux-noise-0", "flux-noise-0-bridge", "zeta"]);
  });

  it("does not depend on the order of samples", () => {
    const samples = [...samplesOf("text-bridge", "Color-I", "cgcbxic"), ...samplesOf("text-bridge", "Style-II", "gcc")];
    expect(JSON.stringify(summaryOf(records([...samples].reverse())).averages)).toBe(JSON.stringify(summaryOf(records(samples)).averages));
  });
});
