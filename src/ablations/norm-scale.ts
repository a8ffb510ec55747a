import { baseline } from "./baseline.ts";
import defaultInit from "./default-init.ts";
import type { Experiment } from "./experiment.ts";
import noRmsNorm from "./no-rmsnorm.ts";

/** Scales of T5's final norm, as multiples of its own, at which the norm's claims are run beside 1. */
const scales = [0.125, 8];

/** An arm's name at a scale: "no-rmsnorm@8" is no-rmsnorm where T5's final norm is eight times itself. */
export const atScale = (arm: string, scale: number): string => (scale === 1 ? arm : `${arm}@${scale}`);

/** An arm's name without its scale, and the scale. */
export function scaledArm(name: string): { readonly arm: string; readonly scale: number } {
  const at = name.lastIndexOf("@"), scale = at < 0 ? NaN : Number(name.slice(at + 1));
  return scale > 0 ? { arm: name.slice(0, at), scale } : { arm: name, scale: 1 };
}

/** Beyond the paper: the norm's ablations and their baseline where T5's final norm has another scale and nothing else differs. */
const normScales: readonly Experiment[] = scales.flatMap((scale) => [baseline, noRmsNorm, defaultInit].map((experiment): Experiment =>
  ({ ...experiment, name: atScale(experiment.name, scale), summary: `${experiment.summary}; T5's final norm ${scale} times its own, by a rescaling that leaves T5 and FLUX the same functions`, normScale: scale })));

export default normScales;
