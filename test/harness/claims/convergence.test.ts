import { describe, expect, it } from "vitest";
import { convergenceOf } from "../../../src/harness/claims/convergence.ts";
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

  it("does not judge a few steps", () => expect(convergenceOf(baseline.slice(0, 10)).converged).toBe(false));
});
