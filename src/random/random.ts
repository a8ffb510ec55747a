/**
 * Counter-based randomness: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
 * A stream is named by its key (run seed, purpose, sample id ...), so it gives the same numbers on every device,
 * in any order and after any restart.
 */
export type KeyPart = string | number;

const M0 = 0xd2511f53, M1 = 0xcd9e8d57, W0 = 0x9e3779b9, W1 = 0xbb67ae85;

/** High and low 32 bits of the unsigned product of two 32-bit integers. */
function mulHiLo(a: number, b: number): [hi: number, lo: number] {
  const aLo = a & 0xffff, aHi = a >>> 16, bLo = b & 0xffff, bHi = b >>> 16;
  const middle = aHi * bLo + ((aLo * bLo) >>> 16);
  const middle2 = aLo * bHi + (middle & 0xffff);
  const hi = aHi * bHi + Math.floor(middle / 0x10000) + Math.floor(middle2 / 0x10000);
  return [hi >>> 0, Math.imul(a, b) >>> 0];
}

/** Ten Philox rounds over a 128-bit counter and a 64-bit key: four uniform 32-bit integers. */
export function philox4x32(counter: readonly [number, number, number, number], key: readonly [number, number]): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [hi0, lo0] = mulHiLo(M0, c0), [hi1, lo1] = mulHiLo(M1, c2);
    [c0, c1, c2, c3] = [(hi1 ^ c1 ^ k0) >>> 0, lo1, (hi0 ^ c3 ^ k1) >>> 0, lo0];
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Two independent 32-bit FNV-1a hashes of a key, finished with murmur3's mixer. */
function hashKey(parts: readonly KeyPart[], basis: number): number {
  let hash = basis >>> 0;
  for (const part of parts) {
    const text = `${typeof part === "number" ? "n" : "s"}${part}\u0000`;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stream of random numbers named by its key; two streams of the same key are equal, of different keys independent. */
export class Random {
  readonly #key: readonly [number, number];
  readonly #high: readonly [number, number];
  #block = 0;
  #left: number[] = [];
  #spare: number | undefined;

  constructor(...key: readonly KeyPart[]) {
    this.#key = [hashKey(key, 0x811c9dc5), hashKey(key, 0x01234567)];
    this.#high = [hashKey(key, 0x89abcdef), hashKey(key, 0x7f4a7c15)];
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    if (this.#left.length === 0) this.#left = philox4x32([this.#block++ >>> 0, 0, this.#high[0], this.#high[1]], this.#key).reverse();
    return this.#left.pop()!;
  }

  /** A uniform number in [0, 1) with 32 random bits. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.uint32() / 0x100000000);
  }

  /** A uniform integer in [0, bound), without modulo bias. */
  int(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 0x100000000) throw new RangeError(`int(bound): bound must be an integer in 1..2^32, found ${bound}`);
    const limit = 0x100000000 - (0x100000000 % bound);
    for (;;) {
      const x = this.uint32();
      if (x < limit) return x % bound;
    }
  }

  /** A standard normal number (Box-Muller). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log((this.uint32() + 1) / 0x100000000)), angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** `count` standard normal numbers. */
  normals(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.normal());
  }

  /** True with probability p. */
  chance(p: number): boolean {
    return this.uniform() < p;
  }

  /** A uniform element of a non-empty list. */
  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)]!;
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(list: readonly T[]): T[] {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}
