/** The standard normal distribution, to double precision. */

/** Upper tail P(Z > x) for x >= 3 by the continued fraction of Mills' ratio, evaluated from its 60th term. */
function upperTail(x: number): number {
  let fraction = x;
  for (let k = 60; k > 0; k--) fraction = x + k / fraction;
  return density(x) / fraction;
}

const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** P(Z <= x). */
export function normalCdf(x: number): number {
  if (x >= 3) return 1 - upperTail(x);
  if (x <= -3) return upperTail(-x);
  let term = x, sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) sum += term *= (x * x) / k;
  return 0.5 + sum * density(x);
}

/** The z with P(Z <= z) = p, for 0 < p < 1: a rational first guess (Abramowitz and Stegun 26.2.23), then Newton's steps. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`normalQuantile(p): p must lie between 0 and 1, found ${p}`);
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  let z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (let i = 0; i < 4; i++) z -= (normalCdf(z) - p) / density(z);
  return z;
}

/** The two-sided critical value of a confidence level: 1.96 at 0.95. */
export function criticalValue(level: number): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`confidence level must lie between 0 and 1, found ${level}`);
  return -normalQuantile((1 - level) / 2);
}
