import { describe, expect, it } from "vitest";
import { acrossScales, seedMark, sensitivityOf, verdictOf } from "../../../src/harness/claims/rules.ts";
import { pairsNeeded } from "../../../src/harness/statistics/power.ts";

describe("verdictOf", () => {
  const measured = { effect: 0.1, ci95: [0.05, 0.15] as const, pHolm: 0.01, published: 0.2 };

  it("is reproduced below the level in the paper's direction only", () => {
    expect(verdictOf(measured)).toBe("reproduced");
    expect(verdictOf({ ...measured, pHolm: 0.0499 })).toBe("reproduced");
    expect(verdictOf({ ...measured, pHolm: 0.05 })).not.toBe("reproduced");
    expect(verdictOf({ ...measured, effect: -0.1, ci95: [-0.15, -0.05] })).toBe("not reproduced");
    expect(verdictOf({ ...measured, pHolm: null })).toBe("not testable here");
  });

  it("is not reproduced where the interval ends below half the published effect, not at it", () => {
    expect(verdictOf({ ...measured, pHolm: 0.2, ci95: [-0.05, 0.0999] })).toBe("not reproduced");
    expect(verdictOf({ ...measured, pHolm: 0.2, ci95: [-0.05, 0.1] })).toBe("not testable here");
    expect(verdictOf({ ...measured, pHolm: 0.2, ci95: [0.11, 0.15] })).toBe("not testable here");
  });

  it("puts reproduced before the size of the effect", () => {
    expect(verdictOf({ effect: 0.02, ci95: [0.01, 0.03], pHolm: 0.001, published: 0.2 })).toBe("reproduced");
  });
});

describe("acrossScales", () => {
  it("depends on scale where verdicts differ that could be told", () => {
    expect(acrossScales(["reproduced", "reproduced"])).toBe("reproduced");
    expect(acrossScales(["not reproduced", "not testable here", "reproduced"])).toBe("depends on scale");
    expect(acrossScales(["not testable here", "reproduced", "not testable here"])).toBe("reproduced");
    expect(acrossScales(["not reproduced", "not testable here"])).toBe("not reproduced");
    expect(acrossScales(["not testable here", "not testable here"])).toBe("not testable here");
    expect(() => acrossScales([])).toThrow(/no verdicts/);
  });
});

describe("seedMark", () => {
  it("asks for three training seeds", () => expect([1, 2, 3, 5].map(seedMark)).toEqual(["one seed", "two seeds", undefined, undefined]));
});

describe("sensitivityOf", () => {
  it("counts pairs for half the published effect at the strictest level of the family", () => {
    const one = sensitivityOf({ n: 250, discordant: 0.3, designEffect: 1.5, published: 0.2, family: 4 });
    expect(one.nToDecide).toBe(pairsNeeded(0.1, { discordant: 0.3, alpha: 0.0125, power: 0.8, designEffect: 1.5 }));
    expect(one.minimumDetectable).toBeGreaterThan(0.1);
    expect(sensitivityOf({ n: 5000, discordant: 0.3, designEffect: 1.5, published: 0.2, family: 4 }).minimumDetectable).toBeLessThan(0.05);
  });

  it("stands where the arms never disagree", () => {
    expect(sensitivityOf({ n: 10, discordant: 0, designEffect: 1, published: 0.2, family: 1 })).toMatchObject({ minimumDetectable: null });
  });
});
