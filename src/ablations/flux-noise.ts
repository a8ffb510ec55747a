import { baseline } from "./baseline.ts";
import type { Experiment } from "./experiment.ts";

/** Amounts of conditioning noise, as multiples of what the shipped FLUX was trained with. */
const amounts = [0, 0.5, 1, 1.5];

const prefix = "flux-noise-", bridgeSuffix = "-bridge";

/** The arm that draws the LVLM's text through T5's encoder with the same copy of FLUX. */
export const bridgeOf = (arm: string): string => `${arm}${bridgeSuffix}`;

/** The amount that an arm's copy of FLUX was trained with, and whether the arm draws the LVLM's text; undefined for other arms. */
export function fluxNoiseOf(arm: string): { readonly amount: number; readonly bridge: boolean } | undefined {
  if (!arm.startsWith(prefix)) return undefined;
  const bridge = arm.endsWith(bridgeSuffix), amount = Number(arm.slice(prefix.length, bridge ? -bridgeSuffix.length : undefined));
  return Number.isFinite(amount) ? { amount, bridge } : undefined;
}

/** Beyond the paper: how much noise on its conditioning the diffusion model must have seen for the alignment to transfer. */
const fluxNoises: readonly Experiment[] = amounts.map((amount): Experiment => ({
  ...baseline, name: `${prefix}${amount}`, fluxNoise: amount,
  summary: `the baseline's aligner, drawn with a copy of FLUX that was trained on for a little with ${amount} times its conditioning noise; beside it the text bridge by the same copy`,
}));

export default fluxNoises;
