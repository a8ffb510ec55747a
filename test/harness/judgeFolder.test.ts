import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { decodeImage } from "../../src/images/image.ts";
import { pairPath } from "../../src/cobsat/dataset.ts";
import { officialPrompts } from "../../src/cobsat/prompts.ts";
import { readSummary, resultPath, summaryPath, writeImageResult, type ResultSet } from "../../src/cobsat/results.ts";
import { posePrompt, taskOf } from "../../src/cobsat/tasks.ts";
import { benchCobsat } from "../../src/harness/benchCobsat/benchCobsat.ts";
import { judgeFolder, type JudgeFolderOptions } from "../../src/harness/judgeFolder.ts";
import { microProfile, type Profile } from "../../src/harness/profile.ts";
import { readSamples } from "../../src/harness/runs/samples.ts";
import { verifyRun } from "../../src/harness/verify.ts";
import { ensureBenchmark } from "../../src/micro/benchmark.ts";

const datasets = ".cache/micro/cobsat/datasets", root = mkdtempSync(join(tmpdir(), "judge-")), out = join(root, "run");
const set: ResultSet = { model: "SEED-LLaMA", mode: "image", promptType: "default" }, task = taskOf("Color-I");
const posed = (prompt: number) => posePrompt(task, 2, prompt, officialPrompts());
// Micro's own first judge alone: it knows the benchmark's pictures.
const profile: Profile = { ...microProfile, judges: [microProfile.judges[0]!] };
const judge = (options: Partial<JudgeFolderOptions> = {}) => judgeFolder(root, { profile, out, threads: 1, continueWithOtherCode: true, ...options });

beforeAll(async () => {
  await ensureBenchmark(datasets);
  // Prompts 0 to 4: 0 and 1 are right, 2 is another pair, 3 is missing, 4 is broken.
  for (const prompt of [0, 1, 2, 4]) await writeImageResult(root, set, posed(prompt), await decodeImage(join(datasets, pairPath(posed(prompt === 2 ? 3 : prompt).expected))));
  writeFileSync(join(root, resultPath(set, posed(4))), "not a picture");
});
afterAll(() => rmSync(root, { recursive: true }));

it("makes a run of another system's images: scored, missing and broken ones invalid, CoBSAT's summary beside them", async () => {
  const { exitCode, summary } = await judge(), samples = readSamples(out);
  expect([exitCode, summary.complete]).toEqual([3, true]);
  expect(summary.cells).toMatchObject([{ arm: "folder:SEED-LLaMA", shots: 2, task: "Color-I", n: 5, correct: 2, wrong: 1, invalid: 2, accuracy: 2 / 5, strictAccuracy: 2 / 3, published: 0.68 }]);
  expect(samples.get("folder:SEED-LLaMA/2/Color-I/3")).toMatchObject({ outcome: "invalid", reason: "no image" });
  expect(samples.get("folder:SEED-LLaMA/2/Color-I/4")!.reason).toContain("cannot be decoded");
  expect(await readSummary(join(root, summaryPath(set, "judge", 2, 1)))).toEqual({ n: 5, correct: 2 });
  expect((await verifyRun(out)).checks.flatMap(({ faults }) => faults)).toEqual([]);
});

it("judges nothing twice, takes the first samples where they are limited, and stops where the signal says so", async () => {
  const before = readSamples(out);
  await judge();
  expect(readSamples(out)).toEqual(before);
  expect((await judge({ samples: 2, shots: [2], tasks: [task], out: join(root, "few") })).summary.cells[0]).toMatchObject({ n: 2, invalid: 0 });
  expect((await judge({ signal: AbortSignal.abort(), out: join(root, "stopped") })).exitCode).toBe(130);
  expect(readSamples(join(root, "stopped")).size).toBe(0);
});

it("keeps no verdict of a picture silently where another one, or one at last, lies in its place", async () => {
  const root = join(out, "../changing"), kept = join(root, "run"), again = (folder = kept) => judgeFolder(root, { profile, out: folder, threads: 1 });
  const put = async (prompt: number, of = prompt): Promise<void> => writeImageResult(root, set, posed(prompt), await decodeImage(join(datasets, pairPath(posed(of).expected))));
  await put(0, 3);
  await put(2);
  expect((await again()).summary.cells[0]).toMatchObject({ n: 3, correct: 1, wrong: 1, invalid: 1 });
  const before = readSamples(kept);
  await put(1);
  await expect(again()).rejects.toThrow(`1 of 3, first ${join(root, resultPath(set, posed(1)))} (judged as no picture, now `);
  await put(0);
  rmSync(join(root, resultPath(set, posed(2))));
  await expect(again()).rejects.toThrow(/3 of 3, first .*\/0_.*give --out another folder, or remove .*run/);
  expect(readSamples(kept)).toEqual(before);
  expect((await again(join(root, "anew"))).summary.cells[0]).toMatchObject({ n: 2, correct: 2 });
});

it("puts the arm beside those of a benchmark run, in one report", async () => {
  const own = join(root, "benchmark");
  await benchCobsat({ profile, shots: [2], tasks: ["Color-I"], samples: 1, threads: 1, arms: ["real-image"], out: own, continueWithOtherCode: true });
  await judge({ out: own });
  expect((await benchCobsat({ profile, shots: [2], tasks: ["Color-I"], samples: 2, threads: 1, arms: ["real-image"], out: own, continueWithOtherCode: true })).summary.cells.map(({ arm, n }) => [arm, n])).toEqual([["real-image", 2], ["folder:SEED-LLaMA", 5]]);
  expect((await verifyRun(own)).checks.flatMap(({ faults }) => faults)).toEqual([]);
  cpSync(join(root, "results"), join(root, "copy/results"), { recursive: true });
  await expect(judgeFolder(join(root, "copy"), { profile: { ...profile, judges: [{ ...microProfile.judges[0]!, name: "other" }] }, out: own, threads: 1 })).rejects.toThrow(/settings judges: recorded .*"name":"judge"/);
});

it("asks no paid server before its cost is known and confirmed", async () => {
  const server = { kind: "http", name: "server", url: "http://127.0.0.1:1/v1", model: "m" } as const, priced = { profile: { ...profile, judges: [server] }, out: join(root, "paid") };
  await expect(judge(priced)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("up to 10 questions; say what an answer costs with --price-per-question") as unknown });
  await expect(judge({ ...priced, prices: { question: 0.01 } })).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/up to 10 questions at 0\.01: 0\.1000 in all.*--yes/) as unknown });
  expect(existsSync(priced.out)).toBe(false);
});

it("says which layout it expects where it finds no pictures", async () => {
  await expect(judge({ shots: [4], out: join(root, "none") })).rejects.toThrow("results/exps/{model}_image/shot_{k}");
  expect(existsSync(join(root, "none"))).toBe(false);
});
