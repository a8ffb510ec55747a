import { expect, test } from "vitest";
import { greedyToken, sampleToken } from "../../src/models/sampling.ts";
import { Random } from "../../src/random/random.ts";

const logits = (...probabilities: number[]): Float32Array => Float32Array.from(probabilities, Math.log);

function shares(given: Float32Array, temperature: number, topP: number, draws = 20000): number[] {
  const random = new Random("sampling test"), counts = new Array<number>(given.length).fill(0);
  for (let i = 0; i < draws; i++) counts[sampleToken(given, { temperature, topP }, random)]!++;
  return counts.map((n) => n / draws);
}

test("draws follow the probabilities, sharpened by the temperature", () => {
  shares(logits(0.1, 0.6, 0.3), 1, 1).forEach((share, i) => expect(share).toBeCloseTo([0.1, 0.6, 0.3][i]!, 1.7));
  const total = 0.01 + 0.36 + 0.09;
  shares(logits(0.1, 0.6, 0.3), 0.5, 1).forEach((share, i) => expect(share).toBeCloseTo([0.01, 0.36, 0.09][i]! / total, 1.7));
});

test("only the smallest set of likeliest tokens that reaches topP is drawn, renormalised", () => {
  shares(logits(0.1, 0.5, 0.3, 0.1), 1, 0.75).forEach((share, i) => expect(share).toBeCloseTo([0, 5 / 8, 3 / 8, 0][i]!, 1.7));
  expect(shares(logits(0.1, 0.5, 0.3, 0.1), 1, 0.45)).toEqual([0, 1, 0, 0]);
  expect(shares(logits(0.25, 0.25, 0.25, 0.25), 1, 0.01)).toEqual([1, 0, 0, 0]);
});

test("one number of the stream is used however many tokens are left", () => {
  const used = (topP: number): number => { const random = new Random("stream"); sampleToken(logits(0.4, 0.3, 0.3), { temperature: 1, topP }, random); return random.uint32(); };
  expect(used(0.1)).toBe(used(1));
});

test("masked tokens are never drawn, and logits that are not numbers are refused", () => {
  expect(shares(Float32Array.of(-Infinity, 0, -Infinity), 1, 1, 100)).toEqual([0, 1, 0]);
  expect(greedyToken(Float32Array.of(1, 3, 3))).toBe(1);
  for (const bad of [Float32Array.of(NaN, NaN), Float32Array.of(-Infinity), Float32Array.of(0, Infinity)]) expect(() => greedyToken(bad)).toThrow(/not finite/);
  expect(() => sampleToken(logits(1), { temperature: 0, topP: 1 }, new Random("x"))).toThrow(/temperature/);
});
