import type { Value } from "../graph/value.ts";
import { add, div, mul, sqrt, sub } from "../ops/index.ts";

export interface AdamWConfig {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Decay of matrices; vectors (biases, norms) are not decayed. */
  readonly weightDecay: number;
}

/** The released optimiser's settings. */
export const releasedAdamW: AdamWConfig = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.05 };

export interface AdamWState { readonly weight: Value; readonly first: Value; readonly second: Value }

/** One AdamW step (Loshchilov and Hutter 2019, as in PyTorch): decoupled decay, bias corrections 1/(1-beta^t) given as scalars. */
export function adamW(state: AdamWState, gradient: Value, rate: Value, corrections: { readonly first: Value; readonly second: Value }, c: AdamWConfig): AdamWState {
  const first = add(mul(state.first, c.beta1), mul(gradient, 1 - c.beta1));
  const second = add(mul(state.second, c.beta2), mul(mul(gradient, gradient), 1 - c.beta2));
  const decayed = c.weightDecay > 0 && state.weight.shape.length >= 2 ? mul(state.weight, sub(1, mul(rate, c.weightDecay))) : state.weight;
  const update = div(mul(first, mul(rate, corrections.first)), add(sqrt(mul(second, corrections.second)), c.eps));
  return { weight: sub(decayed, update), first, second };
}
