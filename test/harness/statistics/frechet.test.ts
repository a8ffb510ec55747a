import { describe, expect, it } from "vitest";
import { frechetDistance, symmetricEigenvalues } from "../../../src/harness/statistics/frechet.ts";
import { Random } from "../../../src/random/random.ts";

const cloud = (key: string, n: number, change: (x: number, d: number) => number = (x) => x, width = 3): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from(new Random(key, i).normals(width), change));

describe("symmetricEigenvalues", () => {
  it("are those of known matrices, in order", () => {
    expect(symmetricEigenvalues(Float64Array.of(2, 1, 1, 2), 2)).toEqual([expect.closeTo(1, 10), expect.closeTo(3, 10)]);
    // Second differences on a line: 2 - 2 cos(k pi / (n + 1)).
    const n = 7, a = Float64Array.from({ length: n * n }, (_, at) => [2, -1][Math.abs((at % n) - Math.floor(at / n))] ?? 0);
    symmetricEigenvalues(a, n).forEach((x, k) => expect(x).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 10));
  });

  it("keep trace and sum of squares of any symmetric matrix", () => {
    const n = 12, rows = cloud("matrix", n, undefined, n), a = Float64Array.from({ length: n * n }, (_, at) => rows[Math.floor(at / n)]![at % n]! + rows[at % n]![Math.floor(at / n)]!);
    const trace = rows.reduce((sum, row, i) => sum + 2 * row[i]!, 0), squares = a.reduce((sum, x) => sum + x * x, 0), values = symmetricEigenvalues(a, n);
    expect(values.reduce((x, y) => x + y)).toBeCloseTo(trace, 9);
    expect(values.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(squares, 8);
  });
});

describe("frechetDistance", () => {
  it("is nothing between a cloud and itself, in fewer dimensions than vectors and in more", () => {
    for (const width of [3, 40]) expect(frechetDistance(cloud("same", 20, undefined, width), cloud("same", 20, undefined, width))).toBeCloseTo(0, 6);
  });

  it("is the squared shift of a shifted cloud, and the squared difference of deviations of a stretched one", () => {
    expect(frechetDistance(cloud("a", 50), cloud("a", 50, (x, d) => x + (d === 0 ? 3 : d === 2 ? -4 : 0)))).toBeCloseTo(25, 6);
    const few = cloud("a", 50), variance = (d: number): number => { const m = few.reduce((s, row) => s + row[d]!, 0) / 50; return few.reduce((s, row) => s + (row[d]! - m) ** 2, 0) / 49; };
    const mean = few.reduce((s, row) => s + row[1]!, 0) / 50;
    expect(frechetDistance(few, cloud("a", 50, (x, d) => (d === 1 ? 3 * (x - mean) + mean : x)))!).toBeLessThan(4 * variance(1) + 1e-6);
    expect(frechetDistance(cloud("a", 50), cloud("a", 50, (x) => 3 * x))!).toBeGreaterThan(4 * (variance(0) + variance(1) + variance(2)) - 1e-6);
  });

  it("is about the true distance of many vectors, the same either way round, and too large for few", () => {
    const far = (x: number): number => x + 1, truth = 3, many = frechetDistance(cloud("p", 160), cloud("q", 120, far))!;
    expect(Math.abs(many - truth)).toBeLessThan(0.8);
    expect(frechetDistance(cloud("q", 120, far), cloud("p", 160))).toBeCloseTo(many, 8);
    expect(frechetDistance(cloud("p", 6, undefined, 30), cloud("q", 6, undefined, 30))!).toBeGreaterThan(10);
    expect(frechetDistance(cloud("p", 1), cloud("q", 5))).toBeNull();
  });
});
