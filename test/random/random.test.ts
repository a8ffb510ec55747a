import { describe, expect, test } from "vitest";
import { philox4x32, Random } from "../../src/random/random.ts";

const hex = (words: readonly number[]) => words.map((w) => w.toString(16).padStart(8, "0")).join(" ");

describe("Philox4x32-10 gives the known answers of Random123", () => {
  test.each<[string, [number, number, number, number], [number, number], string]>([
    ["zeros", [0, 0, 0, 0], [0, 0], "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ones", [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    ["digits of pi", [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("%s", (_, counter, key, want) => expect(hex(philox4x32(counter, key))).toBe(want));
});

test("a key names a stream: equal keys agree, and numbers, texts and borders between parts differ", () => {
  const first = (...key: (string | number)[]) => hex(Array.from({ length: 4 }, (() => { const r = new Random(...key); return () => r.uint32(); })()));
  expect(first("a", 1)).toBe(first("a", 1));
  const keys = [["a", 1], ["a", "1"], ["a", 2], ["a1"], ["1", "a"], ["b", 1], ["a", 1, ""], []];
  expect(new Set(keys.map((key) => first(...key))).size).toBe(keys.length);
});

test("uniform numbers fill [0, 1) evenly", () => {
  const random = new Random("uniform"), n = 20_000, bins = new Array<number>(20).fill(0);
  for (let i = 0; i < n; i++) bins[Math.floor(20 * random.uniform())]!++;
  const chiSquare = bins.reduce((s, b) => s + (b - n / 20) ** 2 / (n / 20), 0);
  expect(chiSquare).toBeLessThan(43.8); // 0.999 quantile at 19 degrees of freedom
});

test("normal numbers have the moments of a standard normal and do not run together", () => {
  const x = new Random("normal").normals(40_000), moment = (k: number) => x.reduce((s, v) => s + v ** k, 0) / x.length;
  expect(Math.abs(moment(1))).toBeLessThan(0.02);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.03);
  expect(Math.abs(moment(3))).toBeLessThan(0.06);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.2);
  expect(Math.abs(x.reduce((s, v, i) => s + v * (x[i + 1] ?? 0), 0) / x.length)).toBeLessThan(0.02);
});

test("integers are even below any bound, and a shuffle is a permutation with every element anywhere", () => {
  const random = new Random("integers"), counts = new Array<number>(7).fill(0), firsts = new Array<number>(5).fill(0);
  for (let i = 0; i < 14_000; i++) counts[random.int(7)]!++;
  for (const c of counts) expect(Math.abs(c - 2000)).toBeLessThan(170);
  for (let i = 0; i < 5000; i++) {
    const mixed = random.shuffle([0, 1, 2, 3, 4]);
    expect([...mixed].sort()).toEqual([0, 1, 2, 3, 4]);
    firsts[mixed[0]!]!++;
  }
  for (const c of firsts) expect(Math.abs(c - 1000)).toBeLessThan(120);
  expect(() => random.int(0)).toThrow("bound must be an integer");
});

test("choices and chances follow their odds", () => {
  const random = new Random("odds");
  let heads = 0;
  for (let i = 0; i < 10_000; i++) heads += Number(random.chance(0.3));
  expect(Math.abs(heads - 3000)).toBeLessThan(160);
  expect(new Set(Array.from({ length: 100 }, () => random.pick(["a", "b", "c"])))).toEqual(new Set(["a", "b", "c"]));
});
