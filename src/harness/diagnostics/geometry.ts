/** How two clouds of vectors lie to each other: plain numbers, no models. Vectors are rows of a flat array. */
import { dot } from "../statistics/moments.ts";
import { spreadQuantiles, type Spread } from "../runs/diagnostics.ts";

/** Rows of `width` numbers, one after the other. */
export interface Rows { readonly data: Float32Array; readonly width: number }

export const rowCount = ({ data, width }: Rows): number => data.length / width;

export const rowAt = ({ data, width }: Rows, i: number): Float32Array => data.subarray(i * width, (i + 1) * width);

/** A number to four digits, as records hold it. */
export const rounded = (x: number): number => Number(x.toPrecision(4));

/** The spread of some numbers, at least one; quantiles are those of the sorted numbers, interpolated. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b), last = sorted.length - 1;
  return spreadQuantiles.map((q) => {
    const at = q * last, low = Math.floor(at);
    return rounded(sorted[low]! + (at - low) * (sorted[Math.min(last, low + 1)]! - sorted[low]!));
  }) as Spread;
}

/** Euclidean norm of each row. */
export const norms = (rows: Rows): number[] => Array.from({ length: rowCount(rows) }, (_, i) => { const row = rowAt(rows, i); return Math.sqrt(dot(row, row)); });

/** Mean and standard deviation of each dimension over the rows. */
export function byDimension(rows: Rows): { mean: number[]; deviation: number[] } {
  const n = rowCount(rows), mean = new Float64Array(rows.width), square = new Float64Array(rows.width);
  for (let i = 0; i < n; i++) rowAt(rows, i).forEach((x, d) => { mean[d]! += x / n; square[d]! += (x * x) / n; });
  return { mean: Array.from(mean, rounded), deviation: Array.from(square, (s, d) => rounded(Math.sqrt(Math.max(0, s - mean[d]! ** 2)))) };
}

/** The cosine of two rows; 0 where one of them is zero. */
export function cosine(a: Rows, i: number, b: Rows, j: number): number {
  const x = rowAt(a, i), y = rowAt(b, j), size = Math.sqrt(dot(x, x) * dot(y, y));
  return size > 0 ? dot(x, y) / size : 0;
}

/** The nearest of the rows of `among` that `allowed` admits, and its distance; undefined where none is. */
export function nearest(own: Rows, i: number, among: Rows, squares: readonly number[], allowed: (j: number) => boolean = () => true): { readonly at: number; readonly distance: number } | undefined {
  const row = rowAt(own, i), square = dot(row, row);
  let at = -1, least = Infinity;
  for (let j = 0; j < squares.length; j++) {
    if (!allowed(j)) continue;
    const distance = square + squares[j]! - 2 * dot(row, rowAt(among, j));
    if (distance < least) [at, least] = [j, distance];
  }
  return at < 0 ? undefined : { at, distance: Math.sqrt(Math.max(0, least)) };
}

/** At most so many whole numbers below n, evenly spaced. */
export const evenly = (n: number, most: number): number[] => (n <= most ? Array.from({ length: n }, (_, i) => i) : Array.from({ length: most }, (_, i) => Math.floor((i * n) / most)));
