/** Exact two-sided McNemar test: p-value of b against c discordant pairs under Binomial(b + c, 1/2); 1 where there are none. */
export function mcnemar(b: number, c: number): number {
  if (!Number.isInteger(b) || !Number.isInteger(c) || b < 0 || c < 0) throw new RangeError(`mcnemar(b, c): expected counts, found ${b} and ${c}`);
  const n = b + c, k = Math.min(b, c);
  let logTop = -n * Math.LN2;
  for (let i = 1; i <= k; i++) logTop += Math.log((n - k + i) / i);
  let term = 1, sum = 1;
  for (let i = k; i > 0; i--) sum += term *= i / (n - i + 1);
  return Math.min(1, 2 * Math.exp(logTop) * sum);
}
