import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkTokenizerPack } from "../../src/text/checkPack.ts";
import { loadTokenizer } from "../../src/text/tokenizer.ts";

const oracle = join(import.meta.dirname, "../oracle/tokenizers");
const scratch = mkdtempSync(join(tmpdir(), "tokenizer-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function folderWith(name: string, files: Record<string, string>): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  return folder;
}

describe("reference tokenizers", () => {
  const rows = checkTokenizerPack(oracle);

  it("covers all five tokenizers and the chat template", () => {
    expect(new Set(rows.map(row => row.name.split(" ")[0]))).toEqual(new Set(["t5", "t5-converted", "qwen2", "clip", "llama", "chat"]));
  });
  it.each(rows.filter(row => !row.name.includes("rare")))("$name", row => {
    expect(row.error).toBe(0);
  });
  it("differs on no more rare rows than known", () => {
    expect(rows.filter(row => row.name.includes("rare")).reduce((sum, row) => sum + row.error, 0)).toBeLessThanOrEqual(40);
  });
  it("notices a wrong row", () => {
    const cases = JSON.parse(readFileSync(join(oracle, "clip/cases.json"), "utf8"));
    cases.encode[4].ids[1]++;
    const folder = folderWith("wrong", { "pack.json": JSON.stringify({ cases: [{ name: "clip", kind: "tokenizer", folder: "." }] }), "cases.json": JSON.stringify(cases) });
    for (const file of ["tokenizer.json", "tokenizer_config.json"]) writeFileSync(join(folder, file), readFileSync(join(oracle, "clip", file)));
    const [ids] = checkTokenizerPack(folder);
    expect(ids).toMatchObject({ error: 1, ok: false });
  });
});

const bpe = (vocab: object): string => JSON.stringify({ version: "1.0", added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, model: { type: "BPE", vocab, merges: [] } });

describe("loadTokenizer", () => {
  it("tells special ids, tokens and size", () => {
    const t5 = loadTokenizer(join(oracle, "t5"));
    expect([t5.padId, t5.eosId, t5.unkId, t5.bosId]).toEqual([0, 1, 2, undefined]);
    expect(t5.vocabSize).toBe(266);
    expect(t5.tokens[t5.id("<extra_id_0>")]).toBe("<extra_id_0>");
    expect(t5.decode([])).toBe("");
    expect(() => t5.id("nonsense")).toThrow(/no token "nonsense"/);
  });
  it("reads CLIP from vocab.json and merges.txt as from tokenizer.json", () => {
    const { model } = JSON.parse(readFileSync(join(oracle, "clip/tokenizer.json"), "utf8"));
    const folder = folderWith("clip", { "tokenizer_config.json": JSON.stringify({ tokenizer_class: "CLIPTokenizer" }), "vocab.json": JSON.stringify(model.vocab), "merges.txt": `#version: 0.2\n${model.merges.join("\n")}\n` });
    const text = "A Zebra,  isn't it? 12 café";
    expect(loadTokenizer(folder).encode(text)).toEqual(loadTokenizer(join(oracle, "clip")).encode(text));
  });
  it("ends a pattern that does not end, and goes on", () => {
    const endless = { version: "1.0", added_tokens: [], normalizer: null, pre_tokenizer: { type: "Split", pattern: { Regex: "(a+)+$" }, behavior: "Isolated", invert: false }, post_processor: null, decoder: null, model: { type: "BPE", vocab: { a: 0, b: 1 }, merges: [] } };
    const tokenizer = loadTokenizer(folderWith("endless", { "tokenizer_config.json": "{}", "tokenizer.json": JSON.stringify(endless) }), { limitMs: 200 });
    expect(tokenizer.encode("aa")).toEqual([0, 0]);
    for (const use of [() => tokenizer.encode(`${"a".repeat(60)}b`), () => tokenizer.pieces(`${"a".repeat(60)}b`)]) expect(use).toThrow(/endless\/tokenizer\.json: does not end within 0\.2 s; fetch the file again$/);
    expect(tokenizer.encode("ab")).toEqual([0, 1]);
  });
  it("parses large JSON where it can be ended, before anything else does", () => {
    const folder = folderWith("many", { "tokenizer_config.json": "{}", "tokenizer.json": `{"model": [${"[],".repeat(2 << 20)}` });
    expect(() => loadTokenizer(folder, { loadLimitMs: 5 })).toThrow(/many\/tokenizer\.json: does not end within 0\.005 s; fetch the file again$/);
    expect(() => loadTokenizer(folder)).toThrow(/many\/tokenizer\.json: not JSON \(Unexpected end of JSON input\); fetch the file again$/);
  }, 60_000);
  it("ends the making of a tokenizer that takes too long or too much memory, and goes on", () => {
    const vocab = Array.from({ length: 60_000 }, (_, i) => [`${[...String(i)].reverse().join("")}${"xy".repeat(60)}`, -1]), hostile = { version: "1.0", added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, model: { type: "Unigram", unk_id: 0, vocab } };
    const folder = folderWith("large", { "tokenizer_config.json": "{}", "tokenizer.json": JSON.stringify(hostile) });
    expect(() => loadTokenizer(folder, { loadLimitMs: 100 })).toThrow(/large\/tokenizer\.json: does not end within 0\.1 s; fetch the file again$/);
    expect(loadTokenizer(join(oracle, "t5")).vocabSize).toBe(266);
  });
  it("bears a hundred thousand lying merges", () => {
    const merges = Array.from({ length: 100_000 }, (_, i) => `a${i} b${i}`), json = bpe({ a: 0, b: 1 }).replace('"merges":[]', `"merges":${JSON.stringify(merges)}`);
    expect(loadTokenizer(folderWith("merges", { "tokenizer_config.json": "{}", "tokenizer.json": json })).encode("ab")).toEqual([0, 1]);
  });
  it.each([
    ["nested", { "tokenizer_config.json": "{}", "tokenizer.json": bpe({ a: 0 }).replace('"pre_tokenizer":null', `"pre_tokenizer":${'{"type":"Sequence","pretokenizers":['.repeat(3000)}${"]}".repeat(3000)}`) }, /nested\/tokenizer\.json: not a tokenizer that can be used \(Maximum call stack/],
    ["none", {}, /none\/tokenizer_config\.json: no such file; fetch or restore the file/],
    ["half", { "tokenizer_config.json": "{}" }, /half\/tokenizer\.json: no such file/],
    ["cut", { "tokenizer_config.json": "{}", "tokenizer.json": '{"model": ' }, /cut\/tokenizer\.json: not JSON/],
    ["list", { "tokenizer_config.json": "[]" }, /list\/tokenizer_config\.json: expected a JSON object/],
    ["huge-id", { "tokenizer_config.json": "{}", "tokenizer.json": bpe({ a: 0, b: 1e15 }) }, /token "b" has id 1000000000000000, expected a whole number below 4194304/],
    ["negative-id", { "tokenizer_config.json": "{}", "tokenizer.json": bpe({ a: -1 }) }, /token "a" has id -1/],
    ["text-id", { "tokenizer_config.json": "{}", "tokenizer.json": bpe({ a: "0" }) }, /token "a" has id "0"/],
    ["added-id", { "tokenizer_config.json": "{}", "tokenizer.json": bpe({ a: 0 }).replace('"added_tokens":[]', '"added_tokens":[{"id":4000000000,"content":"<x>"}]') }, /token "<x>" has id 4000000000/],
    ["deep", { "tokenizer_config.json": "{}", "tokenizer.json": `{"model": ${"[".repeat(10_000)}` }, /deep\/tokenizer\.json: not JSON/],
    ["other-model", { "tokenizer_config.json": "{}", "tokenizer.json": '{"model": {"type": "constructor"}}' }, /other-model\/tokenizer\.json: not a tokenizer/],
    ["empty", { "tokenizer_config.json": "{}", "tokenizer.json": "{}" }, /empty\/tokenizer\.json: not a tokenizer/],
  ])("names the file that is missing or broken: %s", (name, files, message) => {
    const folder = folderWith(name, files);
    expect(() => loadTokenizer(folder)).toThrow(message);
    expect(() => loadTokenizer(folder)).not.toThrow(/\n/);
  });
});
