/** The mean of numbers; NaN of none. */
export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The standard deviation of numbers, by n - 1; NaN of fewer than two. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (values.length - 1));
}

/** The inner product of two vectors, or of `n` numbers of each from places on. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>, n = a.length, i = 0, j = 0): number {
  let sum = 0;
  for (let k = 0; k < n; k++) sum += a[i + k]! * b[j + k]!;
  return sum;
}
