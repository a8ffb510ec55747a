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

/** A text to be disturbed: its token ids, and those of a text behind it that is encoded apart. */
export interface DisturbedText {
  readonly ids: readonly number[];
  readonly behind?: readonly number[] | undefined;
}

/** How much of each a text is disturbed by: the drawn amounts of `Disturbance`, 0 where it stays clean. */
interface Amounts {
  readonly on: 0 | 1;
  readonly independent: number;
  readonly shared: number;
  readonly mixed: number;
}

function drawnAmounts(random: Random, limits: Disturbance): Amounts {
  const on = random.chance(limits.clean) ? 0 : 1;
  return { on, independent: on * random.uniform() * limits.independent, shared: on * random.uniform() * limits.shared, mixed: on * (random.chance(0.5) ? random.uniform() * limits.mixed : 0) };
}

/**
 * Feeds for texts of token ids, T the longest's length: "input_ids" and "attention_mask" [2B, T], "mixing" [B, T, 2T], "state_noise" [B, T, D] and "state_offset" [B, D].
 * A text and the one behind it are disturbed by amounts of their own; no foreign tokens are among theirs, as each of a sample's two rows holds one of them.
 */
export function disturbanceFeeds(random: Random, tape: NoiseTape, limits: Disturbance, texts: readonly DisturbedText[], D: number): DisturbanceFeeds {
  const B = texts.length, T = Math.max(1, ...texts.map(({ ids, behind = [] }) => ids.length + behind.length)), twice = padded(texts.flatMap(({ ids, behind = ids }) => [ids, behind]), 0, T);
  const ids = Int32Array.from(twice.ids.data), mixing = new Float32Array(B * T * 2 * T), noise = tape.read(random, B * T * D), offset = tape.read(random, B * D);

  /** Scales the noise of a sample's positions, and superposes each state with another of the same text; `at` gives the column of mixing for a position. */
  function disturb(b: number, { independent, mixed }: Amounts, from: number, length: number, to: number, at: (position: number) => number, eachPosition: (t: number) => void = () => {}): void {
    for (let i = (b * T + from) * D; i < (b * T + to) * D; i++) noise[i]! *= independent;
    for (let t = from; t < to; t++) {
      const row = (b * T + t) * 2 * T;
      mixing[row + at(t)]! += 1 - mixed;
      mixing[row + at(t < from + length && mixed > 0 ? from + random.int(length) : t)]! += mixed;
      eachPosition(t);
    }
  }

  function alone(b: number, text: readonly number[]): void {
    const amounts = drawnAmounts(random, limits), foreign = amounts.on * random.uniform() * limits.foreign, sides = Array.from({ length: T }, () => random.int(2));
    for (let i = b * D; i < (b + 1) * D; i++) offset[i]! *= amounts.shared;
    disturb(b, amounts, 0, text.length, T, (t) => sides[t]! * T + t, (t) => {
      if (t < text.length && random.chance(foreign)) ids[(2 * b + 1 - sides[t]!) * T + t] = random.pick(random.pick(texts).ids);
    });
  }

  function sideBySide(b: number, first: number, second: number): void {
    offset.fill(0, b * D, (b + 1) * D);
    for (const [from, length, to, column] of [[0, first, first, 0], [first, second, T, T - first]] as const) {
      const amounts = drawnAmounts(random, limits), own = tape.read(random, D);
      disturb(b, amounts, from, length, to, (t) => column + t);
      for (let t = from; t < to; t++) for (let d = 0; d < D; d++) noise[(b * T + t) * D + d]! += amounts.shared * own[d]!;
    }
  }

  texts.forEach(({ ids: text, behind }, b) => (behind ? sideBySide(b, text.length, behind.length) : alone(b, text)));
  return { input_ids: ints([2 * B, T], ids), attention_mask: ints([2 * B, T], Int32Array.from(twice.mask.data)), mixing: floats([B, T, 2 * T], mixing), state_noise: floats([B, T, D], noise), state_offset: floats([B, D], offset) };
}

/** The feeds of `disturbanceFeeds` with `factor` times as much noise, offset and superposition; samples left clean stay so, and foreign tokens stay where they are. */
export function timesDisturbance<F extends Readonly<Record<string, Tensor>>>(feeds: F, factor: number): F {
  const { mixing, state_noise: noise, state_offset: offset } = feeds as unknown as DisturbanceFeeds, scaled = ({ shape, data }: Tensor): Tensor => floats(shape, (data as Float32Array).map((x) => factor * x));
  // A position's own state is the one of its two columns that has weight.
  const T = mixing.shape[1]!, own = (mixing.data as Float32Array).map((x, i) => { const self = x > 0 && (i % (2 * T)) % T === Math.floor(i / (2 * T)) % T ? 1 : 0; return self + factor * (x - self); });
  return { ...feeds, mixing: floats(mixing.shape, own), state_noise: scaled(noise), state_offset: scaled(offset) };
}
