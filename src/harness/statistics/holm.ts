/** Holm's step-down adjusted p-values (1979), in the order given; they hold the family-wise error under any dependence. */
export function holm(pValues: readonly number[]): number[] {
  const bad = pValues.find((p) => !(p >= 0 && p <= 1));
  if (bad !== undefined) throw new RangeError(`holm: expected p-values between 0 and 1, found ${bad}`);
  const adjusted = new Array<number>(pValues.length);
  let most = 0;
  pValues.map((p, i) => ({ p, i })).sort((a, b) => a.p - b.p).forEach(({ p, i }, rank) => {
    most = Math.max(most, Math.min(1, p * (pValues.length - rank)));
    adjusted[i] = most;
  });
  return adjusted;
}
