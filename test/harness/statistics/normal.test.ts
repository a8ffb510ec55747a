import { describe, expect, it } from "vitest";
import { criticalValue, normalCdf, normalQuantile } from "../../../src/harness/statistics/normal.ts";

describe("the normal distribution", () => {
  it("has the tabulated values", () => {
    expect(criticalValue(0.95)).toBeCloseTo(1.959963984540054, 14);
    expect(normalQuantile(0.8)).toBeCloseTo(0.8416212335729143, 14);
    expect(normalCdf(1)).toBeCloseTo(0.8413447460685429, 14);
    expect(normalCdf(-6) / 9.865876450376946e-10).toBeCloseTo(1, 12);
    expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 11);
  });

  it("has a quantile that inverts its distribution, on both sides", () => {
    for (const p of [1e-6, 0.001, 0.01, 0.3, 0.5, 0.77, 0.999]) {
      expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 13);
      expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 9);
    }
    expect(normalCdf(3 - 1e-9)).toBeCloseTo(normalCdf(3), 10);
    expect(() => normalQuantile(1)).toThrow(RangeError);
    expect(() => criticalValue(95)).toThrow(RangeError);
  });
});
