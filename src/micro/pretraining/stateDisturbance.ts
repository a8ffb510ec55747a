import { floats, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { add, input, matmul, mul, unsqueeze } from "../../ops/index.ts";
import type { Random } from "../../random/random.ts";
import type { NoiseTape } from "./noise.ts";

/**
 * How T5's states are disturbed while their readers (T5's decoder, FLUX) are trained: features of another model are only near T5's states, and readers fitted to clean states do not survive that.
 * Amounts are largest ones, a sample's own are uniform below them; those of noise are in units of each dimension's root mean square.
 */
export interface Disturbance {
  /** Share of samples that are left clean. */
  readonly clean: number;
  /** Gaussian noise of its own for each position. */
  readonly independent: number;
  /** A Gaussian offset that a sample's positions share. */
  readonly shared: number;
  /** Weight of another position's state of the same text, superposed in half of the samples. */
  readonly mixed: number;
}

/** The disturbance in words, for a model's card. */
export const describeDisturbance = ({ clean, independent, shared, mixed }: Disturbance): string =>
  `independent noise of at most ${independent} and an offset shared by a sample's positions of at most ${shared} times each dimension's root mean square; in half of the samples each position's state is mixed with that of another position of the same text, at most ${100 * mixed} % of it; ${100 * clean} % of the samples are clean`;

/** States [B, T, D] of an encoder whose last norm has weights `scale` [D], disturbed by the feeds of `disturbanceFeeds`. */
export function disturbed(states: Value, scale: Value): Value {
  const [, , D] = states.shape;
  return add(matmul(input("mixing", ["B", "T", "T"]), states), mul(add(input("state_noise", ["B", "T", D!]), unsqueeze(input("state_offset", ["B", D!]), 1)), scale));
}

/** Feeds "mixing" [B, T, T], "state_noise" [B, T, D] and "state_offset" [B, D] for texts of the given lengths, padded to T. */
export function disturbanceFeeds(random: Random, tape: NoiseTape, limits: Disturbance, lengths: readonly number[], T: number, D: number): Record<"mixing" | "state_noise" | "state_offset", Tensor> {
  const B = lengths.length, mixing = new Float32Array(B * T * T), noise = tape.read(random, B * T * D), offset = tape.read(random, B * D);
  lengths.forEach((length, b) => {
    const on = random.chance(limits.clean) ? 0 : 1, own = on * random.uniform() * limits.independent, common = on * random.uniform() * limits.shared, share = on * (random.chance(0.5) ? random.uniform() * limits.mixed : 0);
    for (let i = b * T * D; i < (b + 1) * T * D; i++) noise[i]! *= own;
    for (let i = b * D; i < (b + 1) * D; i++) offset[i]! *= common;
    for (let t = 0; t < T; t++) {
      const row = (b * T + t) * T;
      mixing[row + t]! += 1 - share;
      mixing[row + (t < length && share > 0 ? random.int(length) : t)]! += share;
    }
  });
  return { mixing: floats([B, T, T], mixing), state_noise: floats([B, T, D], noise), state_offset: floats([B, D], offset) };
}

/** The feeds of `disturbanceFeeds` with `factor` times as much noise, offset and superposition; samples left clean stay so. */
export function timesDisturbance<T extends Readonly<Record<string, Tensor>>>(feeds: T, factor: number): T {
  const { mixing, state_noise: noise, state_offset: offset } = feeds as unknown as ReturnType<typeof disturbanceFeeds>, scaled = ({ shape, data }: Tensor): Tensor => floats(shape, (data as Float32Array).map((x) => factor * x));
  const T = mixing.shape[2]!, own = (mixing.data as Float32Array).map((x, i) => { const self = Math.floor(i / T) % T === i % T ? 1 : 0; return self + factor * (x - self); });
  return { ...feeds, mixing: floats(mixing.shape, own), state_noise: scaled(noise), state_offset: scaled(offset) };
}
