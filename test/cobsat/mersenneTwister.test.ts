import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MersenneTwister } from "../../src/cobsat/mersenneTwister.ts";

interface Case { settings: { seed: string; getrandbits32: number[]; shuffles: Record<string, number[]>; randrange_of_1_2_3_7_10_100_1000_2p31_2p32_2p40: string[] } }
const { cases } = JSON.parse(readFileSync(new URL("../oracle/random/pack.json", import.meta.url), "utf8")) as { cases: Case[] };

describe("MersenneTwister against CPython", () => {
  it.each(cases.map(({ settings }) => [settings.seed, settings] as const))("seed %s", (seed, settings) => {
    const twister = (): MersenneTwister => new MersenneTwister(BigInt(seed));
    const bits = twister();
    expect(settings.getrandbits32.map(() => bits.getrandbits(32))).toEqual(settings.getrandbits32);
    for (const [length, want] of Object.entries(settings.shuffles)) {
      const list = Array.from({ length: Number(length) }, (_, i) => i);
      twister().shuffle(list);
      expect(list).toEqual(want);
    }
    const ranges = twister(), want = settings.randrange_of_1_2_3_7_10_100_1000_2p31_2p32_2p40;
    expect([1, 2, 3, 7, 10, 100, 1000, 2 ** 31, 2 ** 32, 2 ** 40].map((bound) => String(ranges.randrange(0, bound)))).toEqual(want);
  });
});

describe("MersenneTwister", () => {
  it("keeps giving CPython's numbers past its first state: the 10,000th of seed 123", () => {
    const random = new MersenneTwister(123);
    let last = 0;
    for (let i = 0; i < 10000; i++) last = random.getrandbits(32);
    expect(last).toBe(3036549512);
  });

  it("ignores the seed's sign and takes it as a number or a bigint", () => {
    const first = (seed: number | bigint): number => new MersenneTwister(seed).getrandbits(53);
    expect(first(-7)).toBe(first(7n));
    expect(first(7)).not.toBe(first(8));
  });

  it("refuses what CPython's arithmetic would need big integers for", () => {
    const random = new MersenneTwister(1);
    expect(() => random.getrandbits(0)).toThrow(/1\.\.53, found 0/);
    expect(() => random.getrandbits(54)).toThrow(/found 54/);
    expect(() => random.randbelow(0)).toThrow(/found 0/);
    expect(() => random.randrange(3, 3)).toThrow(RangeError);
  });
});
