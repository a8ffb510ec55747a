/** Reference packs that hold facts instead of tensors: CPython's random numbers, and statistics. */
import { join } from "node:path";
import { z } from "zod";
import { MersenneTwister } from "../../cobsat/mersenneTwister.ts";
import { readJson, reasonOf } from "../../files/json.ts";
import { UserError } from "../../files/userError.ts";
import { holm } from "../statistics/holm.ts";
import { mcnemar } from "../statistics/mcnemar.ts";
import { newcombePaired } from "../statistics/newcombe.ts";
import { wilson } from "../statistics/wilson.ts";
import { compareFloats, compareIntegers, type AgreementRow } from "./agreement.ts";

const numbers = z.array(z.number());
const round = z.tuple([numbers, numbers]);
const randomSettings = z.object({
  seed: z.string(),
  getrandbits32: numbers,
  shuffles: z.record(z.string(), numbers),
  randrange_of_1_2_3_7_10_100_1000_2p31_2p32_2p40: z.array(z.string()),
  paired_shuffles: z.object({ first: round, second: round, hundredth: round, last: round }),
});
const rangeBounds = [1, 2, 3, 7, 10, 100, 1000, 2 ** 31, 2 ** 32, 2 ** 40];
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function checkRandom(name: string, settings: unknown): AgreementRow[] {
  const facts = randomSettings.parse(settings), fresh = (): MersenneTwister => new MersenneTwister(BigInt(facts.seed));
  const bits = fresh(), ranges = fresh(), rounds = fresh(), x = upTo(10), theta = upTo(10);
  const played = upTo(1000).map(() => {
    rounds.shuffle(x);
    rounds.shuffle(theta);
    return [...x, ...theta];
  });
  const shuffled = (length: number): number[] => {
    const list = upTo(length);
    fresh().shuffle(list);
    return list;
  };
  return [
    compareIntegers(`${name}.getrandbits32`, facts.getrandbits32.map(() => bits.getrandbits(32)), facts.getrandbits32),
    ...Object.entries(facts.shuffles).map(([length, want]) => compareIntegers(`${name}.shuffles.${length}`, shuffled(Number(length)), want)),
    compareIntegers(`${name}.randrange`, rangeBounds.map((bound) => ranges.randrange(0, bound)), facts.randrange_of_1_2_3_7_10_100_1000_2p31_2p32_2p40.map(Number)),
    ...Object.entries({ first: 0, second: 1, hundredth: 99, last: 999 } as const).map(([which, at]) =>
      compareIntegers(`${name}.paired_shuffles.${which}`, played[at]!, facts.paired_shuffles[which as "first"].flat())),
  ];
}

/** For each case of the statistics pack, a row's fields: what we compute of it and what it records. */
const statistics: Readonly<Record<string, (row: unknown) => { got: number[]; want: number[] }>> = {
  wilson_95: (row) => {
    const { k, n, low, high } = z.object({ k: z.number(), n: z.number(), low: z.number(), high: z.number() }).parse(row), got = wilson(k, n);
    return { got: [got.low, got.high], want: [low, high] };
  },
  mcnemar_exact_two_sided: (row) => {
    const { b, c, p } = z.object({ b: z.number(), c: z.number(), p: z.number() }).parse(row);
    return { got: [mcnemar(b, c)], want: [p] };
  },
  holm: (row) => {
    const { p, adjusted } = z.object({ p: numbers, adjusted: numbers }).parse(row);
    return { got: holm(p), want: adjusted };
  },
  newcombe_paired_95: (row) => {
    const count = z.number(), facts = z.object({ both: count, only_first: count, only_second: count, neither: count, difference: count, low: count, high: count }).parse(row);
    const got = newcombePaired({ both: facts.both, onlyFirst: facts.only_first, onlySecond: facts.only_second, neither: facts.neither });
    return { got: [got.difference, got.low, got.high], want: [facts.difference, facts.low, facts.high] };
  },
};

function checkStatistics(name: string, settings: unknown, tolerance: number): AgreementRow[] {
  const compute = Object.hasOwn(statistics, name) ? statistics[name] : undefined;
  if (!compute) throw new Error(`case ${name} is unknown; expected one of ${Object.keys(statistics).join(", ")}`);
  return z.object({ rows: z.array(z.unknown()) }).parse(settings).rows.map((row, i) => {
    const { got, want } = compute(row);
    return compareFloats(`${name}.${i}`, got, want, tolerance);
  });
}

const packShape = z.object({
  architecture: z.enum(["random", "statistics"]),
  cases: z.array(z.object({ name: z.string(), kind: z.literal("facts"), settings: z.unknown(), tolerance: z.number().optional() })).min(1),
});

/** Checks a facts pack ("random" or "statistics") and returns a row per output; throws, naming the file, where it is not such a pack. */
export async function checkFactsPack(folder: string): Promise<AgreementRow[]> {
  const file = join(folder, "pack.json");
  try {
    const { architecture, cases } = packShape.parse(readJson(file));
    return cases.flatMap(({ name, settings, tolerance = 0 }) => (architecture === "random" ? checkRandom(name, settings) : checkStatistics(name, settings, tolerance)));
  } catch (error) {
    throw new UserError(`${file}: not a pack of facts about random numbers or statistics: ${reasonOf(error)}`, 1, { cause: error });
  }
}
