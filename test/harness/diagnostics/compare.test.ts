import { describe, expect, it } from "vitest";
import { floats, type Tensor } from "../../../src/graph/tensor.ts";
import { compareWithStates, type TextWithStates } from "../../../src/harness/diagnostics/compare.ts";
import { evenly, spreadOf } from "../../../src/harness/diagnostics/geometry.ts";
import { diagnosticsSchema } from "../../../src/harness/runs/diagnostics.ts";
import { Random } from "../../../src/random/random.ts";

const D = 6, lengths = [5, 7, 4];
const states = (i: number): Tensor => floats([lengths[i]!, D], new Random("states", i).normals(lengths[i]! * D));
const texts = lengths.map((length, i): TextWithStates => ({ states: states(i), ids: Array.from({ length }, (_, t) => 10 * i + t), places: Array.from({ length }, (_, t) => t) }));
const changed = (change: (x: number, d: number) => number): Tensor[] => texts.map(({ states: { shape, data } }) => floats(shape, (data as Float32Array).map((x, i) => change(x, i % D))));

describe("compareWithStates", () => {
  it("finds nothing between T5's states and themselves", () => {
    const own = compareWithStates(changed((x) => x), texts, true);
    expect(own).toMatchObject({ texts: 3, features: 16, states: 16, nearestToken: 1 });
    expect(own.cosine!.own.every((x) => Math.abs(x - 1) < 1e-5)).toBe(true);
    expect(Math.max(...own.nearest.aligned)).toBeLessThan(1e-3);
    expect(own.nearest.states[2]).toBeGreaterThan(0.3);
    expect(own.norm.aligned).toEqual(own.norm.states);
    expect(own.dimensions.aligned).toEqual(own.dimensions.states);
    expect(Math.abs(own.cosine!.other[2])).toBeLessThan(0.9);
  });

  it("tells a scale and a shift of one dimension from the others", () => {
    const { dimensions: { aligned, states: own }, nearest, norm } = compareWithStates(changed((x, d) => (d === 2 ? 3 * x + 5 : x)), texts, true);
    expect(aligned.deviation.map((x, d) => x / own.deviation[d]!)).toEqual([1, 1, expect.closeTo(3, 2), 1, 1, 1]);
    expect(aligned.mean[2]! - 3 * own.mean[2]!).toBeCloseTo(5, 2);
    expect(nearest.aligned[2]).toBeGreaterThan(0.5);
    expect(norm.aligned[2]).toBeGreaterThan(norm.states[2]);
  });

  it("says nothing of tokens where features stand for none, and gives what records hold", () => {
    const line = compareWithStates(changed((x) => x).map(({ data }) => floats([2, D], (data as Float32Array).slice(0, 2 * D))), texts, false);
    expect(line).toMatchObject({ cosine: null, nearestToken: null, features: 6 });
    expect(diagnosticsSchema.parse({ arm: "a", seed: 1, ...line, entropy: { aligned: [1], states: [1], uniform: { aligned: 1, states: 1 } } }).features).toBe(6);
    expect(() => compareWithStates([floats([0, D], [])], texts, false)).toThrow(/no features/);
  });
});

it("spreads and even choices", () => {
  expect(spreadOf([4, 0, 1, 3, 2])).toEqual([0.2, 1, 2, 3, 3.8]);
  expect(spreadOf([7])).toEqual([7, 7, 7, 7, 7]);
  expect(evenly(3, 5)).toEqual([0, 1, 2]);
  expect(evenly(10, 4)).toEqual([0, 2, 5, 7]);
});
