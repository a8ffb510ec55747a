import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { actions } from "../../../src/cobsat/vocabulary.ts";
import { byteAlphabet, trainMerges } from "../../../src/micro/language/bpe.ts";
import { jsonFile, makeTokenizers } from "../../../src/micro/language/buildTokenizers.ts";
import { briefCaption, fullCaption, promptAnswer } from "../../../src/micro/language/captions.ts";
import { valueWords } from "../../../src/micro/language/pieces.ts";
import { Random } from "../../../src/random/random.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";
import { scenes } from "./scenes.ts";

const assets = join(import.meta.dirname, "../../../assets/micro");
const [t5, lvlm, clip] = ["t5", "lvlm", "clip"].map(name => loadTokenizer(join(assets, name))) as [ReturnType<typeof loadTokenizer>, ReturnType<typeof loadTokenizer>, ReturnType<typeof loadTokenizer>];
const captions = scenes.slice(0, 1000).filter((_, i) => i % 3 === 0).flatMap(scene => [fullCaption, promptAnswer, briefCaption].map(caption => caption(scene, new Random("other", scene.seed))));

describe("the micro world's tokenizers", () => {
  it("are rebuilt to the same bytes", () => {
    for (const [name, { tokenizer, config }] of Object.entries(makeTokenizers())) {
      expect(jsonFile(tokenizer) === readFileSync(join(assets, name, "tokenizer.json"), "utf8"), name).toBe(true);
      expect(jsonFile(config) === readFileSync(join(assets, name, "tokenizer_config.json"), "utf8"), name).toBe(true);
    }
  });
  it("keep the published layouts' special tokens", () => {
    expect([t5.padId, t5.eosId, t5.unkId, t5.id("<extra_id_0>"), t5.id("<extra_id_15>")]).toEqual([0, 1, 2, t5.vocabSize - 1, t5.vocabSize - 16]);
    expect(lvlm.eosId).toBe(lvlm.id("<|im_end|>"));
    expect(lvlm.padId).toBe(lvlm.vocabSize - 14);
    expect(lvlm.encode("<|im_start|><|image_pad|><|vision_end|>")).toEqual(["<|im_start|>", "<|image_pad|>", "<|vision_end|>"].map(token => lvlm.id(token)));
    expect(clip.encode("")).toEqual([clip.vocabSize - 2, clip.vocabSize - 1]);
  });
  it("give every value's word one token in T5 and CLIP, one or two in the LVLM", () => {
    for (const word of valueWords) {
      expect(t5.pieces(word, { special: false })).toEqual([`▁${word}`]);
      expect(clip.pieces(word, { special: false })).toEqual([`${word}</w>`]);
    }
    for (const word of [...valueWords, ...actions]) expect(lvlm.pieces(` ${word}`).length, word).toBeLessThanOrEqual(2);
  });
  it("read captions they were not made from and write them back", () => {
    for (const text of captions) {
      const ids = t5.encode(text);
      expect(t5.decode(ids, { skipSpecial: true })).toBe(text);
      expect(lvlm.decode(lvlm.encode(text))).toBe(text);
      expect(t5.pieces(text).filter(piece => /^[a-zA-Z▁]$/.test(piece) && piece !== "s"), text).toEqual([]);
      expect(ids.length).toBeLessThanOrEqual(38);
    }
  });
  it("cut captions at different places", () => {
    expect(t5.pieces("We clearly notice a small zebra.")).toContain("ly");
    const bare = (pieces: string[]): string => pieces.map(piece => piece.replace(/[▁Ġ]/, "")).join("|");
    const differing = captions.filter(caption => bare(t5.pieces(caption, { special: false })) !== bare(lvlm.pieces(caption)));
    expect(differing.length / captions.length).toBeGreaterThan(0.5);
  });
});

describe("trainMerges", () => {
  it("merges the most frequent pair first, ties in code-unit order, and stops when none repeats", () => {
    expect(trainMerges([[["a", "b", "c"], 3], [["b", "c"], 2], [["x", "y"], 1]], 10)).toEqual([["b", "c"], ["a", "bc"]]);
    expect(trainMerges([[["b", "d"], 2], [["b", "c"], 2]], 1)).toEqual([["b", "c"]]);
    expect(trainMerges([[["a", "a", "a"], 2]], 5)).toEqual([["a", "a"], ["aa", "a"]]);
  });
  it("has GPT-2's byte alphabet", () => {
    expect(byteAlphabet.map(({ byte }) => byte).sort((a, b) => a - b)).toEqual(Array.from({ length: 256 }, (_, byte) => byte));
    expect(byteAlphabet.find(({ byte }) => byte === 32)?.symbol).toBe("Ġ");
  });
});
