import { describe, expect, it } from "vitest";
import type { Rows } from "../../../src/harness/diagnostics/geometry.ts";
import { byDimension, rowAt } from "../../../src/harness/diagnostics/geometry.ts";
import { fitProbe, solvePositive } from "../../../src/harness/diagnostics/linearProbe.ts";
import { Random } from "../../../src/random/random.ts";

const names = ["car", "cat", "hat"], label = (i: number): string => names[i % 3]!;

/** Rows of noise, dimension k raised by `signal` where the label is the k-th; in the others nothing is to be found. */
function cloud(key: string, n: number, width: number, signal: number, shift = 0): Rows {
  const data = Float32Array.from(new Random(key).normals(n * width), (x) => 3 * x + shift);
  for (let i = 0; i < n; i++) data[i * width + (i % 3)]! += 3 * signal;
  return { data, width };
}

const share = (probe: ReturnType<typeof fitProbe>, rows: Rows, n: number, by?: ReturnType<typeof byDimension>): number => Array.from({ length: n }, (_, i) => probe.name(rowAt(rows, i), names, by) === label(i)).filter(Boolean).length / n;

describe("fitProbe", () => {
  it.each([[5, "with more rows than dimensions"], [200, "with more dimensions than rows"]])("finds labels that are linearly there in %i dimensions (%s), and only chance where they are not", (width) => {
    const n = 150, labels = Array.from({ length: n }, (_, i) => label(i));
    expect(share(fitProbe(cloud("train", n, width, 20), labels), cloud("test", n, width, 20), n)).toBeGreaterThan(0.9);
    expect(Math.abs(share(fitProbe(cloud("train", n, width, 0), labels), cloud("test", n, width, 0), n) - 1 / 3)).toBeLessThan(0.15);
  });

  it("names only what it may choose among, and reads a shifted cloud where that is standardised by itself", () => {
    const n = 150, probe = fitProbe(cloud("train", n, 5, 8), Array.from({ length: n }, (_, i) => label(i))), odd = cloud("test", n, 5, 8);
    for (let i = 0; i < n; i++) odd.data[i * 5] = odd.data[i * 5]! + 200;
    expect(share(probe, odd, n)).toBeLessThan(0.5);
    expect(share(probe, odd, n, byDimension(odd))).toBeGreaterThan(0.9);
    expect(probe.name(rowAt(odd, 0), ["cat", "hat"])).not.toBe("car");
  });
});

it("solvePositive solves for several right-hand sides", () => {
  const x = solvePositive(Float64Array.of(4, 2, 1, 2, 5, 3, 1, 3, 6), Float64Array.of(7, 10, 10, 4, 2, 1), 3);
  [1, 1, 1, 1, 0, 0].forEach((want, i) => expect(x[i]).toBeCloseTo(want, 12));
});
