import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { UserError } from "../../../src/files/userError.ts";
import { readLosses } from "../../../src/harness/runs/losses.ts";
import { requireRecord } from "../../../src/harness/runs/record.ts";
import { openRun } from "../../../src/harness/runs/run.ts";
import { readSamples } from "../../../src/harness/runs/samples.ts";
import { fixtureIdentity, fixturePlan, fixtureSample } from "../fixtureRun.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "run-"));
  openRun(folder, fixtureIdentity(), { arguments: {}, plan: fixturePlan(["lvlm-text"], ["Color-I"], 2, [2]) }).close();
});
afterEach(() => rmSync(folder, { recursive: true }));

const record = (): Record<string, unknown> => JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as Record<string, unknown>;
const sample = (changes: object): string => { const { pair: _, ...line } = fixtureSample("lvlm-text", 2, "Color-I", 0); return `${JSON.stringify({ ...line, ...changes })}\n`; };
const loss = (changes: object): string => `${JSON.stringify({ arm: "a", seed: 1, step: 0, loss: 1, lr: 1, gradNorm: 1, seconds: 1, ...changes })}\n`;
const readers = { "run.json": requireRecord, "samples.jsonl": readSamples, "losses.jsonl": readLosses };

it.each<[string, keyof typeof readers, () => string, RegExp]>([
  ["cut short", "run.json", () => readFileSync(join(folder, "run.json"), "utf8").slice(0, 200), /run\.json: not JSON/],
  ["of another format", "run.json", () => JSON.stringify({ ...record(), format: 2 }), /run\.json.*format/],
  ["a list", "run.json", () => "[]", /run\.json/],
  ["with a picture outside the folder", "run.json", () => JSON.stringify({ ...record(), benchmarkImages: { a: "../../etc/passwd" } }), /run\.json.*benchmarkImages/],
  ["with a plan of a billion million prompts as text", "run.json", () => JSON.stringify({ ...record(), plan: [{ arm: "a", shots: 2, task: "Color-I", prompts: "1e15" }] }), /run\.json.*plan/],
  ["with a field nobody knows", "run.json", () => JSON.stringify({ ...record(), extra: 1 }), /run\.json.*extra/],
  ["with a line that is no JSON", "samples.jsonl", () => `${sample({})}{"id": \n`, /samples\.jsonl: line 2: not JSON/],
  ["with a line of millions of values", "samples.jsonl", () => `${sample({})}${sample({ prompt: 1, extra: Array(2 ** 20).fill(0) })}`, /samples\.jsonl: line 2: has more than 1048576 values/],
  ["with a line of another kind", "samples.jsonl", () => "[1]\n", /samples\.jsonl: line 1/],
  ["with a picture outside the folder", "samples.jsonl", () => sample({ image: "../../../etc/passwd" }), /samples\.jsonl: line 1.*image/],
  ["with an id that is another sample's", "samples.jsonl", () => sample({ prompt: 1 }), /samples\.jsonl: line 1/],
  ["with an outcome nobody knows", "samples.jsonl", () => sample({ outcome: "fine" }), /samples\.jsonl: line 1.*outcome/],
  ["with a sample twice", "samples.jsonl", () => sample({}) + sample({}), /samples\.jsonl: line 2/],
  ["with bytes that are no UTF-8", "samples.jsonl", () => "\ud800{\n", /samples\.jsonl: line 1: not JSON/],
  ["with a step that is no number", "losses.jsonl", () => loss({ step: "0" }), /losses\.jsonl: line 1.*step/],
  ["with a loss that is text", "losses.jsonl", () => loss({ loss: "NaN" }), /losses\.jsonl: line 1.*loss/],
])("a run folder %s (%s) is refused in one line naming the file", (_, name, content, message) => {
  writeFileSync(join(folder, name), content());
  const error = (() => { try { readers[name](folder); } catch (caught) { return caught as Error; } return undefined; })();
  expect(error).toBeInstanceOf(UserError);
  expect(error!.message).toMatch(message);
  expect(error!.message).not.toContain("\n");
});
