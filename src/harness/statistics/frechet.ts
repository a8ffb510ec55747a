/**
 * Fréchet distance of two clouds of vectors, each taken for a normal distribution (Dowson and Landau, 1982):
 * |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^1/2). With few vectors the covariances are estimated badly and the distance comes out too large.
 */
import { dot } from "./moments.ts";

/** Eigenvalues of a symmetric matrix [n, n], which is overwritten: Householder's tridiagonal form, then bisection on the signs of its leading minors. */
export function symmetricEigenvalues(a: Float64Array, n: number): number[] {
  const off = new Float64Array(n), v = new Float64Array(n), w = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    let norm = 0;
    for (let i = k + 1; i < n; i++) norm += a[i * n + k]! ** 2;
    const first = a[(k + 1) * n + k]!, alpha = first > 0 ? -Math.sqrt(norm) : Math.sqrt(norm), size = Math.sqrt(Math.max(0, norm - 2 * alpha * first + alpha * alpha));
    off[k] = alpha;
    if (size === 0) continue;
    for (let i = k + 1; i < n; i++) v[i] = (a[i * n + k]! - (i === k + 1 ? alpha : 0)) / size;
    let inner = 0;
    for (let i = k + 1; i < n; i++) {
      w[i] = 0;
      for (let j = k + 1; j < n; j++) w[i]! += a[i * n + j]! * v[j]!;
      inner += w[i]! * v[i]!;
    }
    for (let i = k + 1; i < n; i++) w[i]! -= inner * v[i]!;
    for (let i = k + 1; i < n; i++) for (let j = k + 1; j < n; j++) a[i * n + j]! -= 2 * (v[i]! * w[j]! + w[i]! * v[j]!);
  }
  const diagonal = Array.from({ length: n }, (_, i) => a[i * n + i]!), radius = (i: number): number => Math.abs(off[i]!) + (i > 0 ? Math.abs(off[i - 1]!) : 0);
  const least = Math.min(...diagonal.map((d, i) => d - radius(i))), most = Math.max(...diagonal.map((d, i) => d + radius(i)));
  const below = (x: number): number => {
    let count = 0, q = 1;
    for (let i = 0; i < n; i++) {
      q = diagonal[i]! - x - (i > 0 ? off[i - 1]! ** 2 / (q === 0 ? Number.MIN_VALUE ** 0.5 : q) : 0);
      if (q < 0) count++;
    }
    return count;
  };
  return diagonal.map((_, k) => {
    let low = least, high = most;
    for (let step = 0; step < 80 && low < high; step++) {
      const middle = (low + high) / 2;
      if (below(middle) > k) high = middle;
      else low = middle;
    }
    return (low + high) / 2;
  });
}

type Cloud = readonly ArrayLike<number>[];

/** Mean and rows less the mean over sqrt(n - 1), whose products are the covariance. */
function centred(cloud: Cloud): { readonly mean: Float64Array; readonly rows: Float64Array[] } {
  const n = cloud.length, mean = new Float64Array(cloud[0]!.length);
  for (const row of cloud) for (let d = 0; d < mean.length; d++) mean[d]! += row[d]! / n;
  return { mean, rows: cloud.map((row) => mean.map((m, d) => (row[d]! - m) / Math.sqrt(n - 1))) };
}

/** The squared Fréchet distance of two clouds of vectors; null where one has fewer than two. */
export function frechetDistance(first: Cloud, second: Cloud): number | null {
  if (first.length < 2 || second.length < 2) return null;
  const [few, many] = (first.length <= second.length ? [first, second] : [second, first]).map(centred) as [ReturnType<typeof centred>, ReturnType<typeof centred>], n = few.rows.length;
  // (S1 S2)^1/2 has the trace of the singular values of the rows' products, the roots of this matrix's eigenvalues.
  const products = few.rows.map((row) => {
    const own = new Float64Array(many.rows.length);
    many.rows.forEach((other, j) => { own[j] = dot(row, other); });
    return own;
  }), square = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) square[i * n + j] = square[j * n + i] = dot(products[i]!, products[j]!);
  const shared = symmetricEigenvalues(square, n).reduce((sum, x) => sum + Math.sqrt(Math.max(0, x)), 0), trace = [few, many].flatMap(({ rows }) => rows).reduce((sum, row) => sum + dot(row, row), 0);
  return Math.max(0, few.mean.reduce((sum, x, d) => sum + (x - many.mean[d]!) ** 2, 0) + trace - 2 * shared);
}
