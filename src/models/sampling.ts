import type { Random } from "../random/random.ts";

/** How a token is drawn from logits; leave out for greedy choice. */
export interface Sampling {
  /** Divides the logits; above 0. */
  readonly temperature: number;
  /** Only the likeliest tokens whose probabilities reach this sum may be drawn, in (0, 1]. */
  readonly topP: number;
}

/** Index of the first largest logit. Throws where none is a finite number. */
export function greedyToken(logits: Float32Array): number {
  let best = -1, most = -Infinity;
  for (let i = 0; i < logits.length; i++) if (logits[i]! > most) { most = logits[i]!; best = i; }
  if (best < 0 || most === Infinity) throw new Error("no token can be chosen: the logits are not finite numbers");
  return best;
}

/** A token drawn by temperature and nucleus (Holtzman et al., 2020) from one uniform number of the stream, however many tokens are left. */
export function sampleToken(logits: Float32Array, { temperature, topP }: Sampling, random: Random): number {
  if (!(temperature > 0) || !(topP > 0 && topP <= 1)) throw new Error(`temperature must be above 0 and topP in (0, 1], found ${temperature} and ${topP}`);
  const most = logits[greedyToken(logits)]!, weights = new Float64Array(logits.length);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += weights[i] = Math.exp((logits[i]! - most) / temperature);
  // A token below this share cannot be in the nucleus: it and all smaller ones together weigh less than 1 - topP.
  const floor = ((1 - topP) * total) / logits.length, nucleus: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i]! >= floor) nucleus.push(i);
  nucleus.sort((a, b) => weights[b]! - weights[a]! || a - b);
  let kept = 0, count = 0;
  while (count < nucleus.length && kept < topP * total) kept += weights[nucleus[count++]!]!;
  let left = random.uniform() * kept;
  for (let i = 0; i < count - 1; i++) if ((left -= weights[nucleus[i]!]!) < 0) return nucleus[i]!;
  return nucleus[count - 1]!;
}
