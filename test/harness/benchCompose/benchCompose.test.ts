import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { composeArmNames } from "../../../src/harness/benchCompose/arms.ts";
import { readDrawn } from "../../../src/harness/benchCobsat/drawn.ts";
import { benchCompose, type BenchComposeResult } from "../../../src/harness/benchCompose/benchCompose.ts";
import { compareRuns } from "../../../src/harness/compare/compareRuns.ts";
import { composeSchema, type ComposeLine } from "../../../src/harness/benchCompose/lines.ts";
import type { BenchComposeOptions } from "../../../src/harness/benchCompose/options.ts";
import type { Profile } from "../../../src/harness/profile.ts";
import { reportFile } from "../../../src/harness/report/page.ts";
import { renderReport } from "../../../src/harness/report/render.ts";
import { requireRecord } from "../../../src/harness/runs/record.ts";
import { readLines } from "../../../src/harness/runs/samples.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { notFinite, tinyProfile } from "../benchCobsat/tinyProfile.ts";

let root: string, profile: Profile, made = 0, whole: BenchComposeResult;

const start = (options: Partial<BenchComposeOptions> = {}): Promise<BenchComposeResult> =>
  benchCompose({ profile, samples: 1, threads: 1, continueWithOtherCode: true, out: join(root, `run-${made++}`), ...options });

/** A run's samples, the time they took set to 0. */
const samplesOf = (folder: string): Record<string, ComposeLine> =>
  Object.fromEntries([...readLines(folder, composeSchema)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, sample]) => [id, { ...sample, seconds: 0 }]));

/** The samples that the whole run has of some kinds of input. */
const ofTasks = (...tasks: readonly string[]): Record<string, ComposeLine> => Object.fromEntries(Object.entries(samplesOf(whole.folder)).filter(([, { task }]) => tasks.includes(task)));

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "bench-compose-"));
  profile = tinyProfile(root, join(root, "none"));
  whole = await start();
}, 120_000);
afterAll(() => rmSync(root, { recursive: true }));

describe("bench:compose", () => {
  it("asks no paid server before its cost is known and confirmed", async () => {
    const judges = [{ kind: "http", name: "server", url: "http://127.0.0.1:1/v1", model: "m" }] as const, paid = { profile: { ...profile, judges }, arms: ["copy-input"], tasks: ["2I"], out: join(root, "paid") };
    await expect(start(paid)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("say what an answer costs with --price-per-question") as unknown });
    await expect(start({ ...paid, prices: { question: 0.5 } })).rejects.toThrow(/up to 4 questions at 0\.5: 2\.00 in all.*--yes/); // of one picture: two themes, two questions each
    expect(readdirSync(root)).not.toContain("paid");
  });

  it("scores every arm on the inputs it takes and leaves a run that verifies", async () => {
    expect(whole.exitCode).toBe(0);
    const samples = Object.values(samplesOf(whole.folder)), counts = Object.fromEntries(composeArmNames.map((arm) => [arm, samples.filter((sample) => sample.arm === arm).length]));
    expect(counts).toEqual({ "thinkdiff-clip": 12, "text-bridge": 12, "true-caption": 12, "text-only": 6, "copy-input": 4, "real-image": 4, "untrained-aligner": 12, "shuffled-features": 12, "swapped-order": 2 });
    expect(whole.summary).toMatchObject({ complete: true, kind: "compose", profile: "micro", training: [{ arm: "thinkdiff-clip", steps: 3 }], order: { pairs: 2 } });
    expect((await verifyRun(whole.folder, { root: process.cwd() })).checks.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it("gives every arm the same noise and text, and each its own features", () => {
    const samples = samplesOf(whole.folder), image = (id: string): string => samples[id]!.image!;
    for (const task of ["1/I+T", "2/2I+T"]) {
      const drawn = ["thinkdiff-clip", "text-bridge", "true-caption", "text-only", "untrained-aligner", "shuffled-features"].map((arm) => image(`${arm}/${task}/0`));
      expect(new Set(drawn).size).toBe(6);
      expect(new Set([0, 1, 2].map((noise) => image(`thinkdiff-clip/${task}/${noise}`))).size).toBe(3);
    }
    expect(image("copy-input/2/2I/0")).toBe(requireRecord(whole.folder).benchmarkImages["2I/0/1"]);
    expect(samples["copy-input/2/2I/0"]!.similarity![0]).toBeCloseTo(1, 5);
    expect(samples["text-bridge/2/2I+T/0"]!.captions).toHaveLength(2);
    expect(samples["thinkdiff-clip/1/I/0"]).toMatchObject({ text: "", case: 0, noise: 0, expected: [{ slot: "object", from: "images" }, { slot: "color", from: "image 1" }] });
  });

  it("loses nothing when stopped, and ends in the same records", { timeout: 120_000 }, async () => {
    const out = join(root, "stopped"), counts: number[] = [];
    for (const after of [1, Infinity]) {
      const stop = new AbortController(), watch = setInterval(() => { if (readDrawn(out).size >= after) stop.abort(); }, 1);
      const { exitCode } = await start({ out, tasks: ["I+T"], signal: stop.signal }).finally(() => clearInterval(watch));
      counts.push(readLines(out, composeSchema).size);
      expect(exitCode).toBe(counts.at(-1) === 20 ? 0 : 130);
    }
    expect(counts[0]).toBeLessThan(20);
    expect(samplesOf(out)).toEqual(ofTasks("I+T"));
  });

  it("is the same in shards, arm by arm, stage by stage, and with models loaded one at a time", { timeout: 120_000 }, async () => {
    const out = join(root, "pieces"), alone = { ...profile, oneModelAtATime: { waiting: 1e6 } };
    await start({ out, arms: ["shuffled-features"], tasks: ["2I"], stage: "features" });
    expect(samplesOf(out)).toEqual({});
    const { exitCode, summary } = await start({ out, tasks: ["2I"], arms: ["text-bridge"], stage: "generate" });
    expect([exitCode, summary.complete, summary.finished]).toEqual([0, false, 0]);
    for (const index of [1, 2]) await start({ out, tasks: ["2I", "I", "I+T"], profile: index === 1 ? alone : profile, shard: { index, count: 2 } });
    expect(samplesOf(out)).toEqual(ofTasks("2I", "I", "I+T"));
    const { arms } = compareRuns(whole.folder, out);
    expect(arms.map(({ arm, shots }) => `${arm} ${shots}`)).toContain("thinkdiff-clip 2");
    for (const { effect, n } of arms) expect([effect, n > 0]).toEqual([0, true]);
  });

  it("tells pictures that are not finite as invalid, with exit code 3", async () => {
    const flux = notFinite(profile.models.flux, join(root, "nan flux"));
    const { exitCode, summary } = await start({ profile: { ...profile, models: { ...profile.models, flux } }, arms: ["true-caption", "real-image"], tasks: ["I"] });
    expect([exitCode, summary.cells.map(({ arm, invalid }) => [arm, invalid])]).toEqual([3, [["true-caption", 3], ["real-image", 0]]]);
  });

  it.each([
    [{ arms: ["nonsense"] }, /--arms: unknown "nonsense"; expected one of thinkdiff-clip, /], [{ tasks: ["3I"] }, /--tasks: unknown "3I"; expected one of I, I\+T, 2I, 2I\+T/], [{ samples: 0 }, /--samples/], [{ shard: { index: 3, count: 2 } }, /--shard 3\/2/],
    [{ arms: ["text-only"], tasks: ["I"] }, /none of them takes I/],
  ])("refuses %j in one line", async (options, message) => {
    await expect(start(options)).rejects.toMatchObject({ message: expect.stringMatching(message) as unknown, exitCode: 2 });
  });

  it("refuses a run folder of another identity", async () => {
    await expect(start({ out: whole.folder, seed: 7, steps: 3 })).rejects.toThrow(/seed: recorded 42, now 7[^]*samplerSteps: recorded 2, now 3[^]*give --out another folder/);
  });
});

describe("its report", () => {
  it("needs nothing from outside and shows inputs, text and every arm's pictures", () => {
    const page = readFileSync(reportFile(whole.folder), "utf8");
    expect(page).not.toMatch(/<(?:script|img|link|iframe|source)[^>]+(?:src|href)="(?!data:)/);
    for (const text of ["ThinkDiff-CLIP on images and text", "Figure 6)", "Figure 8)", "identity check and no evidence", 'data-arm="text-bridge"', "Cosine to image 2", "its failures first", samplesOf(whole.folder)["thinkdiff-clip/1/I+T/0"]!.text]) expect([text, page.includes(text)]).toEqual([text, true]);
    expect(page.match(/<article /g)).toHaveLength(4);
    expect(page.includes(">no image<")).toBe(false);
  });

  it("is what report makes again, and verify finds what was changed", async () => {
    const before = readFileSync(reportFile(whole.folder), "utf8"), samples = join(whole.folder, "samples.jsonl"), text = readFileSync(samples, "utf8");
    const faults = async (): Promise<string[]> => (await verifyRun(whole.folder)).checks.flatMap((check) => check.faults);
    await renderReport(whole.folder);
    expect(readFileSync(reportFile(whole.folder), "utf8")).toBe(before);
    const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line) as ComposeLine), at = lines.findIndex(({ outcome }) => outcome === "wrong");
    const changed = (change: (line: ComposeLine) => object): string => lines.map((line, i) => `${JSON.stringify(i === at ? change(line) : line)}\n`).join("");
    writeFileSync(samples, changed((line) => ({ ...line, judged: Object.fromEntries(line.expected.map(({ slot, value }) => [slot, value])) })));
    expect((await faults())[0]).toContain("its judged words make it correct");
    writeFileSync(samples, changed((line) => ({ ...line, expected: line.expected.map((attribute) => ({ ...attribute, value: "spaceship" })) })));
    expect(await faults()).toContainEqual(expect.stringMatching(/asks for .*, found spaceship/));
    writeFileSync(samples, changed((line) => ({ ...line, noise: 2 - line.noise })));
    expect((await faults()).length).toBeGreaterThan(0);
    writeFileSync(samples, text);
    writeFileSync(join(whole.folder, "images", readdirSync(join(whole.folder, "images"))[0]!), "x");
    expect(await faults()).toContainEqual(expect.stringContaining("do not have the sha256 of its name"));
  });
});
