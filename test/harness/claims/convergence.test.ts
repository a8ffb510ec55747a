import { describe, expect, it } from "vitest";
import { byFall, convergenceOf } from "../../../src/harness/claims/convergence.ts";
import { lossGap } from "../../../src/harness/claims/lossGap.ts";
import { syntheticLosses } from "./synthetic.ts";

const baseline = syntheticLosses("thinkdiff-lvlm", { start: 5, end: 1 });
const shaped = (shape: (step: number) => number) => syntheticLosses("x").map((line, step) => ({ ...line, loss: shape(step) }));

describe("convergenceOf", () => {
  it("accepts a loss that falls and settles", () => {
    expect(convergenceOf(baseline)).toMatchObject({ converged: true });
    expect(convergenceOf(syntheticLosses("x", { start: 40, end: 1.9 }), baseline)).toMatchObject({ converged: true });
  });

  it("refuses one that breaks, naming the step", () => {
    expect(convergenceOf(syntheticLosses("x", { broken: 60 }), baseline)).toEqual({ converged: false, because: "the loss of step 60 is not finite", finalLoss: null });
  });

  it("refuses one that stays high, rises or jumps", () => {
    expect(convergenceOf(syntheticLosses("x", { start: 5, end: 2.1 }), baseline).because).toMatch(/the baseline's at 1.00/);
    expect(convergenceOf(syntheticLosses("x", { start: 5, end: 4 })).because).toMatch(/from .* to 4.00 only/);
    expect(convergenceOf(shaped((step) => 1 + step / 200), baseline).because).toMatch(/still rises/);
    expect(convergenceOf(shaped((step) => (step === 195 ? 4 : 1)), baseline).because).toMatch(/a step of loss 4.00/);
  });

  it("judges by the baseline's fall where a share of the loss says nothing", () => {
    const low = syntheticLosses("x", { start: 1.6, end: 1.4 }), noisy = shaped((step) => 1.6 - step / 2000 + (step % 2 === 0 ? 0.2 : -0.2));
    expect([convergenceOf(low), convergenceOf(low, undefined, byFall)].map(({ converged }) => converged)).toEqual([false, true]);
    expect(convergenceOf(noisy, undefined, byFall).because).toMatch(/the loss went from 1.* only/);
    expect([1.49, 1.51].map((end) => convergenceOf(syntheticLosses("x", { start: 1.6, end }), low, byFall).because)).toEqual([undefined, "the loss ends at 1.51, the baseline's at 1.40"]);
  });

  it("does not judge a few steps", () => expect(convergenceOf(baseline.slice(0, 10)).converged).toBe(false));
});

describe("lossGap", () => {
  it("is the paired difference at the end, on the batches both saw", () => {
    const noisy = (offset: number) => shaped((step) => 1 + 4 * Math.exp(-step / 20) + Math.sin(step * 7.3) + offset);
    expect(lossGap(noisy(0.25), noisy(0))).toMatchObject({ gap: expect.closeTo(0.25, 9), ci95: [expect.closeTo(0.25, 9), expect.closeTo(0.25, 9)], ofSteps: 200, heldOut: null });
    const [low, high] = lossGap(shaped((step) => 1.5 + 0.1 * (step % 2)), shaped(() => 1))!.ci95;
    expect([low, high, (low + high) / 2]).toEqual([expect.closeTo(0.55 - 1.96 * 0.05 / Math.sqrt(19), 4), expect.closeTo(0.55 + 1.96 * 0.05 / Math.sqrt(19), 4), expect.closeTo(0.55, 9)]);
  });

  it("counts the steps to the loss that the baseline has halfway", () => {
    const falling = (speed: number) => shaped((step) => 10 - speed * step);
    expect(lossGap(falling(0.02), falling(0.01))!.steps).toEqual({ baseline: 100, variant: expect.closeTo(53, -1) });
    expect(lossGap(falling(0.001), falling(0.01))!.steps).toEqual({ baseline: 100, variant: null });
    expect(lossGap(baseline, baseline)!.steps).toEqual({ baseline: 100, variant: 100 });
  });

  it("tells the held-out gap where both have one, and nothing of broken or cut-off trainings", () => {
    const held = (loss: number) => baseline.map((line, i) => (i === 199 ? { ...line, heldOutLoss: loss } : line));
    expect(lossGap(held(2), held(1.5))!.heldOut).toBeCloseTo(0.5);
    expect(lossGap(syntheticLosses("x", { broken: 60 }), baseline)).toBeUndefined();
    expect(lossGap(baseline.slice(0, 100), baseline)).toBeUndefined();
  });
});
