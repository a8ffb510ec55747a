import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../src/files/sha256.ts";
import { UserError } from "../../../src/files/userError.ts";
import type { Identity } from "../../../src/harness/runs/identity.ts";
import { readLosses } from "../../../src/harness/runs/losses.ts";
import { requireRecord, sourcesOf } from "../../../src/harness/runs/record.ts";
import { openRun, type OpenOptions, type Run } from "../../../src/harness/runs/run.ts";
import { readSamples, type Sample } from "../../../src/harness/runs/samples.ts";
import { fixtureIdentity, fixturePlan, fixtureSample } from "../fixtureRun.ts";

let folder: string;
const open: Run[] = [];
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), "run-")); });
afterEach(() => {
  for (const run of open.splice(0)) run.close();
  rmSync(folder, { recursive: true });
});

function begin(identity: Identity = fixtureIdentity(), options: Partial<OpenOptions> = {}): Run {
  const run = openRun(folder, identity, { arguments: {}, plan: fixturePlan(["lvlm-text"], ["Color-I"], 2, [2]), ...options });
  open.push(run);
  return run;
}

function sample(prompt: number, arm = "lvlm-text"): Sample {
  const { pair: _, ...line } = fixtureSample(arm, 2, "Color-I", prompt);
  return line as Sample;
}

describe("a run folder", () => {
  it("goes on where it was left, and asking for more extends it", () => {
    const first = begin();
    first.appendSample(sample(0));
    first.close();
    const second = begin(fixtureIdentity(), { plan: fixturePlan(["lvlm-text"], ["Color-I"], 3, [2]) });
    expect(second.remaining().map((s) => s.prompt)).toEqual([1, 2]);
    expect(second.record.continued.length).toBe(1);
    second.close();
    expect(begin().remaining().map((s) => s.prompt)).toEqual([1, 2]);
  });

  it("drops a line torn by a kill and writes the next one whole", () => {
    const run = begin();
    run.appendSample(sample(0));
    run.close();
    appendFileSync(join(folder, "samples.jsonl"), '{"id": "lvlm-text/2/Col');
    const again = begin();
    expect(again.remaining().map((s) => s.prompt)).toEqual([1]);
    again.appendSample(sample(1));
    expect([...readSamples(folder).keys()]).toEqual(["lvlm-text/2/Color-I/0", "lvlm-text/2/Color-I/1"]);
  });

  it("refuses an id it has, an image it has not, and a line that breaks the schema", () => {
    const run = begin();
    run.appendSample(sample(0));
    expect(() => run.appendSample(sample(0))).toThrow("lvlm-text/2/Color-I/0 is in");
    expect(() => run.appendSample({ ...sample(1), image: sha256("x") })).toThrow("save its image");
    expect(() => run.appendSample({ ...sample(1), taskId: 2 })).toThrow("taskId: expected 1 for Color-I, found 2");
    expect(() => run.appendSample({ ...sample(1), outcome: "invalid", missed: undefined, reason: undefined })).toThrow("reason: belongs to every invalid sample");
    expect(readSamples(folder).size).toBe(1);
  });

  it("keeps an image once, under its sha256", () => {
    const run = begin(), hash = run.saveImage(new Uint8Array([1, 2]));
    expect(run.saveImage(new Uint8Array([1, 2]))).toBe(hash);
    expect(readdirSync(join(folder, "images"))).toEqual([`${sha256(new Uint8Array([1, 2]))}.png`]);
  });

  it("adds up stages and keeps the latest word on a training", () => {
    const run = begin();
    run.recordStage({ stage: "train", seconds: 2, peakRssBytes: 50 });
    run.recordStage({ stage: "train", seconds: 3, peakRssBytes: 40 });
    run.recordTraining({ arm: "a", seed: 1, parameters: 5, diverged: false });
    run.recordTraining({ arm: "a", seed: 1, parameters: 5, diverged: true });
    expect(requireRecord(folder)).toMatchObject({ stages: [{ stage: "train", seconds: 5, peakRssBytes: 50 }], trainings: [{ arm: "a", diverged: true }] });
  });

  it("writes a loss that is not finite as null, and reads a step taken again once", () => {
    const run = begin(), step = { arm: "a", seed: 1, step: 0, loss: Infinity, lr: 1e-3, gradNorm: NaN, seconds: 1 };
    run.appendLoss(step);
    expect(JSON.parse(readFileSync(join(folder, "losses.jsonl"), "utf8"))).toEqual({ ...step, loss: null, gradNorm: null, nonFinite: true });
    run.appendLosses([{ ...step, step: 1, loss: 2, gradNorm: 1 }, { ...step, loss: 3, gradNorm: 1 }]);
    expect(readLosses(folder).map(({ step, loss }) => [step, loss])).toEqual([[0, 3], [1, 2]]);
  });
});

describe("identity", () => {
  const weights = { "synthetic/flux/model.safetensors": sha256("other"), "synthetic/new": sha256("new") };

  it("of another run is refused with one line per difference and the way out, before anything is written", () => {
    begin().close();
    const before = readFileSync(join(folder, "run.json"), "utf8");
    let message = "";
    try {
      begin(fixtureIdentity({ seed: 8, weights, settings: { samplerSteps: 8 } }));
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      message = (error as UserError).message;
    }
    expect(message.split("\n").slice(1, -1)).toEqual([
      "  seed: recorded 7, now 8",
      "  settings masking: recorded random prefix, now none",
      "  settings records: recorded SYNTHETIC, invented for a test, now none",
      "  settings samplerSteps: recorded 16, now 8",
      `  weights synthetic/flux/model.safetensors: recorded ${sha256("flux").slice(0, 12)}..., now ${sha256("other").slice(0, 12)}...`,
      `  weights synthetic/new: recorded none, now ${sha256("new").slice(0, 12)}...`,
      `  weights synthetic/t5/model.safetensors: recorded ${sha256("t5").slice(0, 12)}..., now none`,
    ]);
    expect(message).toContain("give --out another folder");
    expect(readFileSync(join(folder, "run.json"), "utf8")).toBe(before);
    expect(readdirSync(folder)).toEqual(["run.json"]);
  });

  it("of other source code is continued only when told to, and that is recorded", () => {
    begin().close();
    const other = fixtureIdentity({ source: sha256("newer") });
    expect(() => begin(other)).toThrow("--continue-with-other-code");
    expect(sourcesOf(begin(other, { continueWithOtherCode: true }).record)).toEqual([sha256("source"), sha256("newer")]);
  });

  it("that differs in more than source code is refused even when told to go on", () => {
    begin().close();
    expect(() => begin(fixtureIdentity({ source: sha256("newer"), device: "cuda" }), { continueWithOtherCode: true })).toThrow("device: recorded cpu, now cuda");
  });

  it("must be there where samples are, and must be readable", () => {
    writeFileSync(join(folder, "samples.jsonl"), "");
    expect(() => begin()).toThrow("exists without");
    writeFileSync(join(folder, "run.json"), '{"format": 2}');
    expect(() => begin()).toThrow(/run\.json: format: /);
    writeFileSync(join(folder, "run.json"), "{");
    expect(() => begin()).toThrow(/run\.json: not JSON/);
    expect(readdirSync(folder).filter((name) => name.startsWith(".lock"))).toEqual([]);
  });
});

describe("processes", () => {
  it("do not share a folder", () => {
    begin();
    expect(() => begin()).toThrow(`process ${process.pid} on ${hostname()} is working on this run`);
    expect(() => begin(fixtureIdentity(), { shard: { index: 1, count: 2 } })).toThrow("--shard i/n of one n");
  });

  it("share it as shards of one split, each shard once", () => {
    const one = begin(fixtureIdentity(), { shard: { index: 1, count: 2 } }), two = begin(fixtureIdentity(), { shard: { index: 2, count: 2 } });
    one.appendSample(sample(0));
    two.appendSample(sample(1));
    two.recordStage({ stage: "judge", seconds: 1, peakRssBytes: 1 });
    one.recordStage({ stage: "judge", seconds: 1, peakRssBytes: 1 });
    expect([...readSamples(folder).keys()].length).toBe(2);
    expect(requireRecord(folder)).toMatchObject({ continued: [{}], stages: [{ seconds: 2 }] });
    expect(() => begin(fixtureIdentity(), { shard: { index: 2, count: 2 } })).toThrow("is working on this run");
    expect(() => begin(fixtureIdentity(), { shard: { index: 1, count: 3 } })).toThrow("is working on this run");
  });

  it("that died leave locks that are taken over", () => {
    const dead = JSON.stringify({ pid: process.pid, host: hostname(), began: "another process of this number" });
    for (const name of [".lock", ".lock.1-of-2", ".append"]) writeFileSync(join(folder, name), dead);
    begin().appendSample(sample(0));
    expect(readSamples(folder).size).toBe(1);
    expect(existsSync(join(folder, ".append"))).toBe(false);
  });
});

it("a sample that is there twice, or a broken line, is named by its line", () => {
  const file = join(folder, "samples.jsonl"), line = `${JSON.stringify(sample(0))}\n`;
  writeFileSync(file, line + line);
  expect(() => readSamples(folder)).toThrow(`${file}: line 2: lvlm-text/2/Color-I/0 is there already`);
  writeFileSync(file, `${line}{"id": 3}\n`);
  expect(() => readSamples(folder)).toThrow(`${file}: line 2: id: `);
});
