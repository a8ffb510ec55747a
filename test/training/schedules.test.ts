import { expect, test } from "vitest";
import { releasedSchedule, trapezoidSchedule } from "../../src/training/schedules.ts";

test("the released schedule warms up linearly, then follows a cosine whose phase counts from step 0", () => {
  const rate = releasedSchedule({ start: 1e-6, peak: 1e-3, floor: 1e-5, warmup: 10, total: 100 });
  expect(rate(0)).toBe(1e-6);
  expect(rate(5)).toBeCloseTo((1e-6 + 1e-3) / 2, 12);
  expect(rate(10)).toBeCloseTo(1e-5 + (0.99e-3 / 2) * (1 + Math.cos(0.1 * Math.PI)), 12);
  expect(rate(50)).toBeCloseTo((1e-3 + 1e-5) / 2, 12);
  expect(rate(100)).toBeCloseTo(1e-5, 12);
  expect(rate(150)).toBe(rate(100));
});

test("the trapezoid rises, stays and falls", () => {
  const rate = trapezoidSchedule({ peak: 2, floor: 0.1, warmup: 4, decay: 10, total: 40 });
  expect([0, 1, 3, 10, 30].map(rate)).toEqual([0.5, 1, 2, 2, 2]);
  expect(rate(35)).toBe(1);
  expect(rate(40)).toBeCloseTo(0.1, 12);
});
