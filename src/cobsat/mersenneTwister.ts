/**
 * CPython's `random.Random` for integer seeds: MT19937 (Matsumoto and Nishimura, 1998) seeded by `init_by_array`.
 * CoBSAT's prompt list is defined by this generator; everything else here uses src/random.
 */
const N = 624, M = 397;

/** The 32-bit words of |seed|, lowest first; at least one. */
function seedWords(seed: number | bigint): number[] {
  let rest = BigInt(seed);
  if (rest < 0n) rest = -rest;
  const words: number[] = [];
  do {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

/** A generator that repeats CPython's numbers for an integer seed; a seed and its negative are the same. */
export class MersenneTwister {
  readonly #state = new Uint32Array(N);
  #next = N;

  constructor(seed: number | bigint) {
    const state = this.#state, key = seedWords(seed);
    const mixed = (i: number): number => state[i - 1]! ^ (state[i - 1]! >>> 30);
    state[0] = 19650218;
    for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, mixed(i)) + i;
    let i = 1, j = 0;
    const step = (): void => {
      if (++i < N) return;
      state[0] = state[N - 1]!;
      i = 1;
    };
    for (let k = Math.max(N, key.length); k > 0; k--) {
      state[i] = (state[i]! ^ Math.imul(mixed(i), 1664525)) + key[j]! + j;
      j = (j + 1) % key.length;
      step();
    }
    for (let k = N - 1; k > 0; k--) {
      state[i] = (state[i]! ^ Math.imul(mixed(i), 1566083941)) - i;
      step();
    }
    state[0] = 0x80000000;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < N; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % N]! & 0x7fffffff);
      state[i] = state[(i + M) % N]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }

  #uint32(): number {
    if (this.#next === N) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** A uniform integer of `bits` random bits, 1 to 53. */
  getrandbits(bits: number): number {
    if (!Number.isInteger(bits) || bits < 1 || bits > 53) throw new RangeError(`getrandbits(bits): bits must be an integer in 1..53, found ${bits}`);
    if (bits <= 32) return this.#uint32() >>> (32 - bits);
    const low = this.#uint32();
    return low + (this.#uint32() >>> (64 - bits)) * 0x100000000;
  }

  /** A uniform integer in [0, bound), by rejection; bound 1 to 2^53 - 1. */
  randbelow(bound: number): number {
    if (!Number.isSafeInteger(bound) || bound < 1) throw new RangeError(`randbelow(bound): bound must be an integer in 1..2^53-1, found ${bound}`);
    const bits = bound.toString(2).length;
    for (;;) {
      const x = this.getrandbits(bits);
      if (x < bound) return x;
    }
  }

  /** A uniform integer in [start, stop), as `randrange(start, stop)`. */
  randrange(start: number, stop: number): number {
    return start + this.randbelow(stop - start);
  }

  /** Shuffles a list in place, as `shuffle(list)`. */
  shuffle<T>(list: T[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.randbelow(i + 1);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
  }
}
