import { padded } from "../../graph/padded.ts";
import { mulDims } from "../../graph/dims.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { add, input, matmul, mul, reshape, unsqueeze } from "../../ops/index.ts";
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
  /**
   * Share of foreign tokens in a state's context. A text is encoded twice; each position's state is taken from one of the two, and where that is the other one, its token is another text's.
   * So every state is of its right token, while what it tells of its neighbours cannot be relied on.
   */
  readonly foreign: number;
}

/** The disturbance in words, for a model's card. */
export const describeDisturbance = ({ clean, independent, shared, mixed, foreign }: Disturbance): string =>
  `independent noise of at most ${independent} and an offset shared by a sample's positions of at most ${shared} times each dimension's root mean square; in half of the samples each position's state is mixed with that of another position of the same text, at most ${100 * mixed} % of it; each state was encoded with about half of its neighbours replaced by tokens of other texts, with a probability of at most ${foreign}; ${100 * clean} % of the samples are clean`;

/** Token ids and mask [2B, T]: each text twice in a row, as `disturbanceFeeds` gives them. */
export const textTwice = (): { readonly ids: Value; readonly mask: Value } => {
  const shape = [mulDims(2, "B"), "T"];
  return { ids: input("input_ids", shape, "int32"), mask: input("attention_mask", shape, "int32") };
};

/** States [B, T, D] from those [2B, T, D] of `textTwice`, by an encoder whose last norm has weights `scale` [D], disturbed by the feeds of `disturbanceFeeds`. */
export function disturbed(states: Value, scale: Value): Value {
  const D = states.shape[2]!, both = reshape(states, ["B", mulDims(2, "T"), D]);
  return add(matmul(input("mixing", ["B", "T", mulDims(2, "T")]), both), mul(add(input("state_noise", ["B", "T", D]), unsqueeze(input("state_offset", ["B", D]), 1)), scale));
}

export type DisturbanceFeeds = Record<"input_ids" | "attention_mask" | "mixing" | "state_noise" | "state_offset", Tensor>;

/** Feeds for texts of token ids, padded to the longest, T: "input_ids" and "attention_mask" [2B, T], "mixing" [B, T, 2T], "state_noise" [B, T, D] and "state_offset" [B, D]. */
export function disturbanceFeeds(random: Random, tape: NoiseTape, limits: Disturbance, texts: readonly (readonly number[])[], D: number): DisturbanceFeeds {
  const twice = padded(texts.flatMap((ids) => [ids, ids]), 0), [B, T] = [texts.length, twice.ids.shape[1]!], ids = Int32Array.from(twice.ids.data);
  const mixing = new Float32Array(B * T * 2 * T), noise = tape.read(random, B * T * D), offset = tape.read(random, B * D);
  texts.forEach((text, b) => {
    const on = random.chance(limits.clean) ? 0 : 1, own = on * random.uniform() * limits.independent, common = on * random.uniform() * limits.shared, share = on * (random.chance(0.5) ? random.uniform() * limits.mixed : 0);
    const foreign = on * random.uniform() * limits.foreign, sides = Array.from({ length: T }, () => random.int(2));
    for (let i = b * T * D; i < (b + 1) * T * D; i++) noise[i]! *= own;
    for (let i = b * D; i < (b + 1) * D; i++) offset[i]! *= common;
    for (let t = 0; t < T; t++) {
      const row = (b * T + t) * 2 * T, at = (position: number): number => row + sides[position]! * T + position;
      mixing[at(t)]! += 1 - share;
      mixing[at(t < text.length && share > 0 ? random.int(text.length) : t)]! += share;
      if (t < text.length && random.chance(foreign)) ids[(2 * b + 1 - sides[t]!) * T + t] = random.pick(random.pick(texts));
    }
  });
  return { input_ids: ints([2 * B, T], ids), attention_mask: ints([2 * B, T], Int32Array.from(twice.mask.data)), mixing: floats([B, T, 2 * T], mixing), state_noise: floats([B, T, D], noise), state_offset: floats([B, D], offset) };
}

/** The feeds of `disturbanceFeeds` with `factor` times as much noise, offset and superposition; samples left clean stay so, and foreign tokens stay where they are. */
export function timesDisturbance<F extends Readonly<Record<string, Tensor>>>(feeds: F, factor: number): F {
  const { mixing, state_noise: noise, state_offset: offset } = feeds as unknown as DisturbanceFeeds, scaled = ({ shape, data }: Tensor): Tensor => floats(shape, (data as Float32Array).map((x) => factor * x));
  // A position's own state is the one of its two columns that has weight.
  const T = mixing.shape[1]!, own = (mixing.data as Float32Array).map((x, i) => { const self = x > 0 && (i % (2 * T)) % T === Math.floor(i / (2 * T)) % T ? 1 : 0; return self + factor * (x - self); });
  return { ...feeds, mixing: floats(mixing.shape, own), state_noise: scaled(noise), state_offset: scaled(offset) };
}
