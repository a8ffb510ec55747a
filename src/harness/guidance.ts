/** Which kind of guidance a FLUX has, and how strongly it is used. */

export type Guidance =
  /** Distilled into FLUX, which takes the scale as an input; `range` is what it was trained for. */
  | { readonly kind: "distilled"; readonly scale: number; readonly range: readonly [least: number, most: number] }
  /** None distilled: classifier-free guidance against the empty prompt, 1 being none. FLUX's own guidance input, where it has one, stays at what it was trained at. */
  | { readonly kind: "classifier-free"; readonly scale: number; readonly input: number };

/** What FLUX's guidance input is, and the scale against the empty prompt where there is one. */
export const guidanceInputs = (guidance: Guidance): { readonly guidance: number; readonly trueCfgScale?: number } =>
  (guidance.kind === "distilled" ? { guidance: guidance.scale } : { guidance: guidance.input, trueCfgScale: guidance.scale });

/** The same kind at another scale, or in words why FLUX cannot have that. */
export function rescaledGuidance(guidance: Guidance, scale: number): Guidance | string {
  const [least, most] = guidance.kind === "distilled" ? guidance.range : [1, Infinity];
  if (scale >= least && scale <= most) return { ...guidance, scale };
  if (least === most) return `FLUX was trained at guidance ${least} only`;
  return most === Infinity ? `guidance is from ${least}` : `FLUX was trained for guidance from ${least} to ${most}`;
}
