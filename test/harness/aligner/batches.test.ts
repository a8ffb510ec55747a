import { expect, test } from "vitest";
import { trainingBatch, heldOutBatches, targetTokens, type TrainingSample } from "../../../src/harness/aligner/batches.ts";
import { splitText } from "../../../src/harness/aligner/split.ts";
import { Random } from "../../../src/random/random.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";
import type { FeatureRow } from "../../../src/harness/features/shard.ts";

const lvlm = loadTokenizer("assets/micro/lvlm"), t5 = loadTokenizer("assets/micro/t5"), width = 2, words = { lvlm, t5, width };
const texts = ["A red car is in the picture.", "The image shows a small cat on the beach, and a star.", "We see a wooden chair; it looks nice.", "Create an image of a blue ball."];
/** Features that say whose they are and where: (sample, position). */
const row = (text: string, sample: number): FeatureRow => {
  const ids = Int32Array.from(lvlm.encode(text, { special: false }));
  return { ids, text, features: Float32Array.from({ length: ids.length * 2 }, (_, i) => (i % 2 === 0 ? sample : (i - 1) / 2)) };
};
const samples: TrainingSample[] = texts.map((text, i) => ({ generated: row(text, i), picture: i, prompt: row(`Describe ${i}`, 100 + i) }));
const base = { features: "generated", split: "prefix", seed: 1, batch: 16 } as const;

/** The rows of a batch: whose features, at which positions, and the target's text. */
function unpack(feeds: ReturnType<typeof trainingBatch>) {
  const [B, S] = feeds.mask.shape as [number, number], L = feeds.labels.shape[1]!;
  return Array.from({ length: B }, (_, b) => {
    const places = [...Array(S).keys()].filter((s) => feeds.mask.data[b * S + s] === 1).map((s) => (b * S + s) * width);
    const labels = [...feeds.labels.data.subarray(b * L, (b + 1) * L)].filter((id) => id >= 0);
    return { sample: feeds.features.data[places[0]!]!, positions: places.map((at) => feeds.features.data[at + 1]!), end: labels.at(-1), text: t5.decode(labels, { skipSpecial: true }) };
  });
}
const said = (sample: number, positions: readonly number[]): string => lvlm.decode(positions.map((i) => samples[sample]!.generated.ids[i]!));
const rest = (sample: number, positions: readonly number[]): number[] => [...samples[sample]!.generated.ids.keys()].filter((i) => !positions.includes(i));
/** The text as T5's tokenizer gives it back. */
const heard = (text: string): string => t5.decode(t5.encode(text), { skipSpecial: true });

test("prefix: the first s features go in, s from 1 to n-1, and the text of the rest is the target", () => {
  const rows = unpack(trainingBatch(base, samples, words, 0));
  for (const { sample, positions, text, end } of rows) {
    expect(positions).toEqual([...positions.keys()]);
    expect(text).toBe(heard(said(sample, rest(sample, positions))));
    expect(end).toBe(t5.eosId);
  }
  expect(new Set(rows.map(({ positions }) => positions.length)).size).toBeGreaterThan(4);
});

test("none: all in, all out; random-subset: some in their order, the others out", () => {
  for (const { sample, positions, text } of unpack(trainingBatch({ ...base, split: "none" }, samples, words, 0))) {
    expect(rest(sample, positions)).toEqual([]);
    expect(text).toBe(heard(texts[sample]!));
  }
  const rows = unpack(trainingBatch({ ...base, split: "random-subset" }, samples, words, 0));
  for (const { sample, positions, text } of rows) {
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(text).toBe(heard(said(sample, rest(sample, positions))));
  }
  expect(rows.some(({ positions }) => positions.some((p, i) => p !== i))).toBe(true);
});

test("prompt: all prompt positions go in, whatever part of the text is the target", () => {
  const whole = unpack(trainingBatch({ ...base, features: "prompt", split: "none" }, samples, words, 0)), split = unpack(trainingBatch({ ...base, features: "prompt" }, samples, words, 0)), baseline = unpack(trainingBatch(base, samples, words, 0));
  for (const [b, { sample, positions, text }] of whole.entries()) {
    expect(positions).toHaveLength(samples[sample - 100]!.prompt!.ids.length);
    expect(text).toBe(heard(texts[sample - 100]!));
    expect(split[b]).toMatchObject({ sample, positions, text: baseline[b]!.text });
  }
});

test("a batch depends on seed and step alone, and arms of one seed see the same samples", () => {
  const at = (step: number, changes = {}) => trainingBatch({ ...base, ...changes }, samples, words, step);
  at(3);
  expect(at(7)).toEqual(at(7));
  expect(at(7)).not.toEqual(at(8));
  expect(at(7)).not.toEqual(at(7, { seed: 2 }));
  expect(unpack(at(7, { split: "random-subset" })).map(({ sample }) => sample)).toEqual(unpack(at(7)).map(({ sample }) => sample));
});

test("held-out batches hold every sample once, split the same for every seed", () => {
  const batches = heldOutBatches({ ...base, batch: 3 }, samples, words);
  expect(batches.flatMap((feeds) => unpack(feeds).map(({ sample }) => sample))).toEqual([0, 1, 2, 3]);
  expect(heldOutBatches({ ...base, batch: 3 }, samples, words)).toEqual(batches);
});

test("targets are cut to 128 tokens and keep their end token", () => {
  const ids = targetTokens(lvlm.encode("a red car ".repeat(100), { special: false }), words);
  expect(ids).toHaveLength(128);
  expect(ids.at(-1)).toBe(t5.eosId);
});

test("s is uniform in 1 .. n-1, both parts non-empty; a single token cannot be split", () => {
  const counts = new Map<number, number>();
  for (let i = 0; i < 3000; i++) {
    const { given, target } = splitText("prefix", 5, new Random("s", i));
    expect(given.length + target.length).toBe(5);
    counts.set(given.length, (counts.get(given.length) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4]);
  for (const count of counts.values()) expect(Math.abs(count - 750)).toBeLessThan(120);
  expect(() => splitText("prefix", 1, new Random("s"))).toThrow(/1 token/);
});
