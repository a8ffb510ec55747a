import { Random } from "../../random/random.ts";

/** A long tape of standard normal numbers, read from a random place: noise at the cost of a copy, the same for the same stream. */
export class NoiseTape {
  readonly #tape: Float32Array;

  constructor(seed: string, length = 1 << 21) {
    this.#tape = new Random("noise tape", seed).normals(length);
  }

  /** `count` normal numbers from a place the stream chooses. */
  read(random: Random, count: number): Float32Array {
    const out = new Float32Array(count);
    for (let at = 0; at < count;) {
      const from = random.int(this.#tape.length), size = Math.min(count - at, this.#tape.length - from);
      out.set(this.#tape.subarray(from, from + size), at);
      at += size;
    }
    return out;
  }
}
