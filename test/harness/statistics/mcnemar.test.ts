import { describe, expect, it } from "vitest";
import { mcnemar } from "../../../src/harness/statistics/mcnemar.ts";

describe("mcnemar", () => {
  it("is symmetric and falls as one arm wins more of the same disagreements", () => {
    let before = Infinity;
    for (let b = 20; b <= 40; b++) {
      const p = mcnemar(b, 40 - b);
      expect(p).toBe(mcnemar(40 - b, b));
      expect(p).toBeLessThanOrEqual(before);
      before = p;
    }
    expect(mcnemar(0, 40)).toBeCloseTo(2 * 0.5 ** 40, 24);
  });

  it("stays finite where 2^-n does not", () => {
    expect(mcnemar(2000, 2000)).toBe(1);
    expect(mcnemar(4100, 3900)).toBeCloseTo(0.02608263428813962, 12);
    expect(() => mcnemar(1.5, 2)).toThrow(/1\.5 and 2/);
  });
});
