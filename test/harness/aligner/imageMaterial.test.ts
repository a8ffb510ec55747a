import { expect, test } from "vitest";
import { thinkDiffClip } from "../../../src/ablations/thinkdiff-clip.ts";
import { imageBatch, imageMaterial } from "../../../src/harness/aligner/imageMaterial.ts";
import { Random } from "../../../src/random/random.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";

const t5 = loadTokenizer("assets/micro/t5"), caption = "A red car is on the beach, and a star is above.";
const batch = (captions: readonly string[]) => imageBatch("prefix", captions.map((text, i) => ({ tokens: new Float32Array(6).fill(i), caption: text })), captions.map((_, i) => new Random("split", i)), t5, 0, 2);
const read = (ids: ArrayLike<number>): string => t5.decode(Array.from(ids).filter((id) => id >= 0), { skipSpecial: true });

test("a caption is split between words: the first part's ids are the text, the rest the target", () => {
  const count = 24, { features, text_ids, text_mask, labels } = batch(new Array<string>(count).fill(caption)), P = text_ids.shape[1]!, L = labels.shape[1]!, lengths = new Set<number>();
  expect(features.shape).toEqual([count, 3, 2]);
  for (let b = 0; b < count; b++) {
    const ids = Array.from(text_ids.data.subarray(b * P, (b + 1) * P)).filter((_, i) => text_mask.data[b * P + i] === 1);
    const first = read(ids), rest = read(labels.data.subarray(b * L, (b + 1) * L));
    expect(`${first} ${rest}`.replace(/ (?=[,.])/g, "")).toBe(t5.decode(t5.encode(caption), { skipSpecial: true }).replace(/ (?=[,.])/g, ""));
    expect(ids.at(-1)).toBe(t5.eosId);
    expect(rest).not.toBe("");
    lengths.add(first.split(" ").length);
    expect(features.data[b * 6]).toBe(b);
  }
  expect(lengths.size).toBeGreaterThan(4);
});

test("a word alone is all target; the first part has at most 32 tokens, its end token kept", () => {
  const { text_ids, text_mask, labels } = batch(["Car", `${"red ".repeat(300)}car`]), P = text_ids.shape[1]!;
  expect(Array.from(text_mask.data.subarray(0, P)).reduce((a, b) => a + b)).toBe(1);
  expect(text_ids.data[0]).toBe(t5.eosId);
  expect(read(labels.data.subarray(0, labels.shape[1]!)).toLowerCase()).toContain("car");
  expect(P).toBeLessThanOrEqual(32);
  expect(text_ids.data[P + Array.from(text_mask.data.subarray(P)).reduce((a, b) => a + b) - 1]).toBe(t5.eosId);
});

test("an objective that image tokens cannot have is refused", () => {
  const options = { experiment: { ...thinkDiffClip, objective: "encoder-states" }, folders: {}, images: { captions: "", caption: () => caption } } as unknown as Parameters<typeof imageMaterial>[0];
  expect(() => imageMaterial(options, {} as Parameters<typeof imageMaterial>[1])).toThrow(/encoder-states .*T5's decoder/);
});
