/** A learning rate by step, counted from 0. */
export type Schedule = (step: number) => number;

/** The release's schedule: linear from `start` to `peak` over `warmup` steps, then a cosine from peak to floor whose phase counts from step 0, over `total` steps. */
export function releasedSchedule({ start = 1e-6, peak, floor, warmup, total }: { readonly start?: number; readonly peak: number; readonly floor: number; readonly warmup: number; readonly total: number }): Schedule {
  return (t) => (t < warmup ? start + ((peak - start) * t) / warmup : floor + ((peak - floor) / 2) * (1 + Math.cos((Math.PI * Math.min(t, total)) / total)));
}

/** Linear warm-up to `peak`, constant, then linear decay to `floor` over the last `decay` steps (warm-up, stable, decay). */
export function trapezoidSchedule({ peak, floor = 0, warmup, decay, total }: { readonly peak: number; readonly floor?: number; readonly warmup: number; readonly decay: number; readonly total: number }): Schedule {
  return (t) => peak * Math.min(1, (t + 1) / warmup) * Math.max(floor / peak, Math.min(1, (total - t) / decay));
}
