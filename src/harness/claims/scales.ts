/** Arms at several scales of T5's final norm: "no-rmsnorm@8" is no-rmsnorm where that norm is eight times itself. */
export interface ScaledArm {
  readonly arm: string;
  readonly scale: number;
}

/** An arm's name at a scale. */
export const atScale = (arm: string, scale: number): string => (scale === 1 ? arm : `${arm}@${scale}`);

/** An arm's name without its scale, and the scale. */
export function scaledArm(name: string): ScaledArm {
  const at = name.lastIndexOf("@"), scale = at < 0 ? NaN : Number(name.slice(at + 1));
  return scale > 0 ? { arm: name.slice(0, at), scale } : { arm: name, scale: 1 };
}

/** The scales at which all of the arms are among the names, ascending. */
export function commonScales(names: Iterable<string>, ...arms: readonly string[]): number[] {
  const present = new Set(names), scales = new Set([...present].map((name) => scaledArm(name).scale));
  return [...scales].filter((scale) => arms.every((arm) => present.has(atScale(arm, scale)))).sort((a, b) => a - b);
}
