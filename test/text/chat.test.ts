import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cobsatMessage } from "../../src/cobsat/instructions.ts";
import { encodeChat, expandImages, renderChat } from "../../src/text/chat.ts";
import { loadTokenizer } from "../../src/text/tokenizer.ts";

const tokenizer = loadTokenizer(join(import.meta.dirname, "../oracle/tokenizers/qwen2"));
const messages = [{ role: "system", content: "You are a helpful assistant." }, { role: "user", content: cobsatMessage(["red", "blue"], "green") }] as const;

describe("chat", () => {
  it("numbers the pictures of a CoBSAT message and opens the answer", () => {
    expect(renderChat(tokenizer, messages)).toMatch(/’\.\n\nWord 1: red, Picture 1: <\|vision_start\|><\|image_pad\|><\|vision_end\|>\n\nWord 2: blue, Picture 2: <\|vision_start\|><\|image_pad\|><\|vision_end\|>\n\nWord 3: green, <\|im_end\|>\n<\|im_start\|>assistant\n$/);
    expect(renderChat(tokenizer, messages, { addVisionId: false })).not.toContain("Picture 1");
    expect(renderChat(tokenizer, messages, { addGenerationPrompt: false })).toMatch(/<\|im_end\|>\n$/);
  });
  it("repeats each placeholder as often as its image has tokens", () => {
    const ids = encodeChat(tokenizer, messages, [3, 5]), pad = tokenizer.id("<|image_pad|>"), start = tokenizer.id("<|vision_start|>"), end = tokenizer.id("<|vision_end|>");
    expect(ids.filter(id => id === pad)).toHaveLength(8);
    const first = ids.indexOf(start);
    expect(ids.slice(first, first + 5)).toEqual([start, pad, pad, pad, end]);
  });
  it("ends a template that does not end, and refuses one that is absurd", () => {
    const hostile = (chatTemplate: string): (() => string) => () => renderChat({ ...tokenizer, chatTemplate, limitMs: 200 }, messages);
    expect(hostile("{% for i in range(9999) %}{% for j in range(9999) %}{% for k in range(9999) %}{{ k }}{% endfor %}{% endfor %}{% endfor %}")).toThrow(/qwen2: the chat template: does not end within 0\.2 s; fetch the file again$/);
    expect(hostile("{% for i in range(9999 * 9999 * 9999) %}{% endfor %}")).toThrow("does not end within 0.2 s");
    expect(hostile("{% for i in range(1000000000) %}{% endfor %}")).toThrow("has the number 1000000000");
    expect(hostile("x".repeat(300_000))).toThrow("has 300000 characters, more than 262144");
    expect(hostile("{% if %}")).toThrow(/the chat template: .*; fetch the file again$/);
    expect(renderChat(tokenizer, messages)).toContain("Word 1: red");
  });
  it("tells at once of a template that fills the memory, however much time it has, and goes on", () => {
    const chatTemplate = "{% set ns = namespace(l=[1, 2]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{{ ns.l | length }}";
    expect(() => renderChat({ ...tokenizer, chatTemplate, limitMs: 10 ** 9 }, messages)).toThrow(/qwen2: the chat template: fills 128 MiB; fetch the file again$/);
    expect(renderChat(tokenizer, messages)).toContain("Word 1: red");
  }, 60_000);
  it.each([
    ["doubles a string", "{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}"],
    ["doubles a list", "{% set ns = namespace(l=[1, 2]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}{{ ns.l | length }}"],
    ["keeps long strings", "{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = ns.l + [ns.l | join('y') ~ 'x' * 9999] %}{% endfor %}"],
    ["prints without end", "{% for i in range(99999) %}{% for j in range(99999) %}abcdefghijklmnopqrstuvwxyz{{ i }}{% endfor %}{% endfor %}"],
  ])("ends a template that %s before it fills the memory", (_, chatTemplate) => {
    const before = process.memoryUsage.rss();
    expect(() => renderChat({ ...tokenizer, chatTemplate, limitMs: 1500 }, messages)).toThrow(/the chat template: .*; fetch the file again$/);
    expect(process.memoryUsage.rss() - before).toBeLessThan(1 << 30);
    expect(renderChat(tokenizer, messages)).toContain("Word 1: red");
  }, 30_000);
  it("refuses a wrong number of images and a tokenizer without a template", () => {
    expect(() => expandImages("<|image_pad|>", [1, 2])).toThrow(/has 1 of <\|image_pad\|>, but 2 images/);
    expect(() => renderChat(loadTokenizer(join(import.meta.dirname, "../oracle/tokenizers/t5")), messages)).toThrow(/no chat_template/);
  });
});
