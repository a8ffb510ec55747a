/** What a linear reader finds in vectors: one-hot labels regressed on them with a ridge penalty, the largest value named. */
import { dot } from "../statistics/moments.ts";
import { byDimension, rowAt, rowCount, type Rows } from "./geometry.ts";

/** What dimensions are brought to mean 0 and deviation 1 by. */
export type Standard = ReturnType<typeof byDimension>;

export interface LinearProbe {
  /** Names a row among some of the labels, standardised by the training rows' dimensions or by those given. */
  name(row: Float32Array, among: readonly string[], by?: Standard): string;
}

/** Penalties tried, as multiples of the number of rows. */
const penalties = [0.01, 0.1, 1, 10, 100];

/** X of `A X = B` for a positive definite A [n, n], by Cholesky's factorisation; B and X are [C, n], a row for each right-hand side. */
export function solvePositive(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n), x = b.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) l[i * n + j] = (a[i * n + j]! - dot(l, l, j, i * n, j * n)) / l[j * n + j]!;
    l[i * n + i] = Math.sqrt(a[i * n + i]! - dot(l, l, i, i * n, i * n));
  }
  for (let c = 0; c < b.length; c += n) {
    for (let i = 0; i < n; i++) x[c + i] = (x[c + i]! - dot(l, x, i, i * n, c)) / l[i * n + i]!;
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[c + i]!;
      for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * x[c + k]!;
      x[c + i] = sum / l[i * n + i]!;
    }
  }
  return x;
}

/** Inner products of the rows of a matrix [n, width], with a penalty on the diagonal. */
function gram(rows: Float64Array, n: number, width: number, penalty: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) out[i * n + j] = out[j * n + i] = dot(rows, rows, width, i * width, j * width) + (i === j ? penalty : 0);
  return out;
}

function transposed(a: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j]!;
  return out;
}

/** Weights [C, D] of the ridge regression of targets [C, n] on rows [n, D], in whichever of its two forms has the smaller matrix. */
function ridge(rows: Float64Array, targets: Float64Array, n: number, D: number, penalty: number): Float64Array {
  const C = targets.length / n, columns = transposed(rows, n, D), product = (weights: Float64Array, m: number, by: Float64Array, k: number): Float64Array =>
    Float64Array.from({ length: C * m }, (_, at) => dot(weights, by, k, Math.floor(at / m) * k, (at % m) * k));
  return D <= n ? solvePositive(gram(columns, D, n, penalty * n), product(targets, D, columns, n), D) : product(solvePositive(gram(rows, n, D, penalty * n), targets, n), D, columns, n);
}

function standardised(row: Float32Array, { mean, deviation }: Standard, into: Float64Array, at: number): void {
  row.forEach((x, d) => { into[at + d] = deviation[d]! > 0 ? (x - mean[d]!) / deviation[d]! : 0; });
}

/** Fits a reader of labels to rows, at least two; of the penalties it takes the one under which a fit to the first four fifths names most of the others. */
export function fitProbe(rows: Rows, labels: readonly string[]): LinearProbe {
  const n = rowCount(rows), D = rows.width, own = byDimension(rows), names = [...new Set(labels)].sort(), shares = names.map((name) => labels.filter((label) => label === name).length / n), X = new Float64Array(n * D);
  for (let i = 0; i < n; i++) standardised(rowAt(rows, i), own, X, i * D);
  const targets = (m: number): Float64Array => Float64Array.from({ length: names.length * m }, (_, at) => Number(labels[at % m] === names[Math.floor(at / m)]) - shares[Math.floor(at / m)]!);
  const best = (weights: Float64Array, x: Float64Array, at: number, among: readonly string[]): string => {
    const value = (name: string): number => {
      const c = names.indexOf(name);
      return c < 0 ? -Infinity : shares[c]! + dot(weights, x, D, c * D, at);
    };
    return among.reduce((a, b) => (value(b) > value(a) ? b : a));
  };
  const m = Math.ceil(0.8 * n), right = penalties.map((penalty) => {
    const weights = ridge(X.subarray(0, m * D), targets(m), m, D, penalty);
    return Array.from({ length: n - m }, (_, i) => best(weights, X, (m + i) * D, names) === labels[m + i]).filter(Boolean).length;
  });
  const weights = ridge(X, targets(n), n, D, penalties[right.indexOf(Math.max(...right))]!), x = new Float64Array(D);
  return {
    name(row, among, by = own) {
      standardised(row, by, x, 0);
      return best(weights, x, 0, among);
    },
  };
}
