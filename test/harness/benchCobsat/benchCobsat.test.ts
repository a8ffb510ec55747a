import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { benchCobsat, type BenchCobsatResult } from "../../../src/harness/benchCobsat/benchCobsat.ts";
import { defaultArms } from "../../../src/harness/benchCobsat/arms.ts";
import type { BenchCobsatOptions } from "../../../src/harness/benchCobsat/options.ts";
import type { Profile } from "../../../src/harness/profile.ts";
import { reportFile } from "../../../src/harness/report/render.ts";
import { readLosses } from "../../../src/harness/runs/losses.ts";
import { requireRecord } from "../../../src/harness/runs/record.ts";
import { readSamples, type Sample } from "../../../src/harness/runs/samples.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { ensureBenchmark } from "../../../src/micro/benchmark.ts";
import { notFinite, tinyProfile } from "./tinyProfile.ts";

const datasets = ".cache/micro/cobsat/datasets";
let root: string, profile: Profile, made = 0;

const start = (options: Partial<BenchCobsatOptions> = {}): Promise<BenchCobsatResult> =>
  benchCobsat({ profile, shots: [2], tasks: ["Color-I"], threads: 1, continueWithOtherCode: true, out: join(root, `run-${made++}`), ...options });

/** A run's samples, the time they took set to 0. */
const samplesOf = (folder: string): Record<string, Sample> =>
  Object.fromEntries([...readSamples(folder)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, sample]) => [id, { ...sample, seconds: 0 }]));

/** Mounts a file system in memory of so many kilobytes, or changes its size; false where this user may not. */
const memoryDisk = (folder: string, kilobytes: number, change = false): boolean =>
  spawnSync("mount", ["-t", "tmpfs", "-o", `${change ? "remount," : ""}size=${kilobytes}k`, "tmpfs", folder]).status === 0;

let whole: BenchCobsatResult;
beforeAll(async () => {
  await ensureBenchmark(datasets);
  root = mkdtempSync(join(tmpdir(), "bench-cobsat-"));
  profile = tinyProfile(root, datasets);
  whole = await start();
});
afterAll(() => rmSync(root, { recursive: true }));

describe("bench:cobsat", () => {
  it("scores every arm on its prompts and leaves a run that verifies", async () => {
    expect(whole.exitCode).toBe(0);
    const samples = [...readSamples(whole.folder).values()];
    expect(Object.fromEntries(defaultArms.map((arm) => [arm, samples.filter((sample) => sample.arm === arm).length]))).toEqual({
      "thinkdiff-lvlm": 2, "text-bridge": 2, "true-caption": 2, "untrained-aligner": 2, "shuffled-features": 2, "real-image": 4, "lvlm-text": 4, "decoder-text": 4,
    });
    expect(whole.summary).toMatchObject({ complete: true, kind: "cobsat", profile: "micro", training: [{ arm: "thinkdiff-lvlm", steps: 3 }] });
    expect(whole.summary.stages.map(({ stage }) => stage).sort()).toEqual(["features", "generate", "judge", "train"]);
    expect((await verifyRun(whole.folder, { root: process.cwd() })).checks.flatMap(({ faults }) => faults)).toEqual([]);
    expect(readLosses(whole.folder).map(({ step }) => step)).toEqual([0, 1, 2]);
  });

  it("shares the LVLM's text among the arms that use it; another sample's goes with its features", () => {
    const { "lvlm-text/2/Color-I/0": own, ...rest } = samplesOf(whole.folder);
    expect(own!.text!.length).toBeGreaterThan(0);
    for (const arm of ["thinkdiff-lvlm", "text-bridge", "untrained-aligner"]) expect(rest[`${arm}/2/Color-I/0`]!.text).toBe(own!.text);
    expect(rest["true-caption/2/Color-I/0"]!.text).toBeUndefined();
    expect(rest["shuffled-features/2/Color-I/0"]!.text).not.toBe(own!.text);
    const images = ["thinkdiff-lvlm", "text-bridge", "true-caption", "untrained-aligner", "shuffled-features"].map((arm) => rest[`${arm}/2/Color-I/0`]!.image);
    expect(new Set(images).size).toBe(5);
    expect(rest["real-image/2/Color-I/0"]!.image).toBe(requireRecord(whole.folder).benchmarkImages[`color_object/${own!.expected.detail}_${own!.expected.object}`]);
  });

  it("loses nothing on a full disk, and ends in the same records once there is room", async ({ skip }) => {
    const out = join(root, "small disk");
    mkdirSync(out);
    if (!memoryDisk(out, 136)) skip("mounting a small disk needs root on Linux");
    try {
      const message = await start({ out }).then(() => "no error", (error: Error) => error.message);
      expect(message).toMatch(/the disk is full; free some space/);
      expect(message).not.toContain("\n");
      const kept = samplesOf(out);
      expect(Object.keys(kept).length).toBeLessThan(22);
      for (const [id, sample] of Object.entries(kept)) expect(sample).toEqual(samplesOf(whole.folder)[id]);
      expect(memoryDisk(out, 64_000, true)).toBe(true);
      expect((await start({ out })).exitCode).toBe(0);
      expect(samplesOf(out)).toEqual(samplesOf(whole.folder));
    } finally {
      spawnSync("umount", [out]);
    }
  });

  it.each([1, 2])("loses nothing when stopped, and ends in the same records, %i groups at a time", async (threads) => {
    const out = join(root, `stopped ${threads}`), counts: number[] = [];
    for (const after of [1, 5, 9, Infinity]) {
      const stop = new AbortController(), watch = setInterval(() => { if (readSamples(out).size >= after) stop.abort(); }, 1);
      const { exitCode } = await start({ out, threads, signal: stop.signal }).finally(() => clearInterval(watch));
      counts.push(readSamples(out).size);
      expect(exitCode).toBe(counts.at(-1) === 22 ? 0 : 130);
    }
    expect(counts[0]).toBeLessThan(22);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(samplesOf(out)).toEqual(samplesOf(whole.folder));
  });

  it("is the same in shards, arm by arm, with fewer prompts first, and stage by stage", async () => {
    const out = join(root, "pieces");
    await start({ out, samples: 1, arms: ["shuffled-features", "lvlm-text"] });
    await start({ out, samples: 1, arms: ["real-image"], stage: "features" });
    expect(Object.keys(samplesOf(out))).toEqual(["lvlm-text/2/Color-I/0", "shuffled-features/2/Color-I/0"]);
    const { exitCode, summary } = await start({ out, stage: "generate" });
    expect([exitCode, summary.complete, Object.keys(samplesOf(out)).filter((id) => id.startsWith("text-bridge"))]).toEqual([0, false, []]);
    for (const index of [1, 2]) await start({ out, shard: { index, count: 2 } });
    expect(samplesOf(out)).toEqual(samplesOf(whole.folder));
  });

  it("goes on with more training seeds, the samples of the first as they are", async () => {
    const out = join(root, "seeds"), { seed } = profile.aligner.experiment, before = samplesOf(whole.folder);
    cpSync(whole.folder, out, { recursive: true });
    const { exitCode, summary } = await start({ out, seeds: 3 }), after = samplesOf(out), added = Object.values(after).filter(({ id }) => !(id in before));
    expect([exitCode, summary.complete]).toEqual([0, true]);
    expect(Object.fromEntries(Object.entries(after).filter(([id]) => id in before))).toEqual(before);
    expect(added.map((sample) => [sample.id, sample.seed])).toEqual([0, 1].flatMap((prompt) => [1, 2].map((i) => [`thinkdiff-lvlm/2/Color-I/${prompt}/${seed + i}`, seed + i])));
    expect(new Set([before["thinkdiff-lvlm/2/Color-I/0"]!, ...added.filter(({ prompt }) => prompt === 0)].map(({ image }) => image)).size).toBe(3);
    expect(summary.training.map(({ arm, seed: own }) => [arm, own])).toEqual([0, 1, 2].map((i) => ["thinkdiff-lvlm", seed + i]));
    expect(summary.seedSpreads.map(({ arm, seeds }) => [arm, seeds.map(({ n }) => n)])).toEqual([["thinkdiff-lvlm", [2, 2, 2]]]);
    const page = readFileSync(reportFile(out), "utf8"), drop = summary.drops.find(({ to }) => to === "thinkdiff-lvlm");
    expect([page.includes('<table class="compact" id="seeds">'), drop!.n, page.includes("what is lost or gained against another arm is that of its first")]).toEqual([true, 2, true]);
    expect(readFileSync(reportFile(whole.folder), "utf8")).not.toContain("what is lost or gained against another arm is that of its first");
    expect((await verifyRun(out, { root: process.cwd() })).checks.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it("tells pictures that are not finite as invalid, with exit code 3", async () => {
    const flux = notFinite(profile.models.flux, join(root, "nan flux"));
    const { exitCode, summary } = await start({ profile: { ...profile, models: { ...profile.models, flux } }, arms: ["true-caption", "lvlm-text"] });
    expect([exitCode, summary.cells.map(({ arm, invalid }) => [arm, invalid])]).toEqual([3, [["true-caption", 2], ["lvlm-text", 0]]]);
  });

  it("draws nothing where the LVLM wrote nothing", async () => {
    const folder = join(root, "silent lvlm");
    cpSync(profile.models.lvlm, folder, { recursive: true });
    const { vocab_size } = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as { vocab_size: number };
    writeFileSync(join(folder, "generation_config.json"), JSON.stringify({ eos_token_id: [...Array(vocab_size).keys()] }));
    const silent = { ...profile, models: { ...profile.models, lvlm: folder } };
    const { exitCode } = await start({ profile: silent, arms: ["untrained-aligner", "text-bridge", "lvlm-text"], out: join(root, "silent") });
    const samples = samplesOf(join(root, "silent"));
    expect(exitCode).toBe(3);
    expect(samples["untrained-aligner/2/Color-I/0"]).toMatchObject({ outcome: "invalid", reason: "no image: the LVLM wrote nothing to draw", text: "" });
    expect(samples["lvlm-text/2/Color-I/0"]).toMatchObject({ outcome: "wrong", missed: "both" });
    expect(samples["text-bridge/2/Color-I/0"]!.image).toBeDefined();
  });
});

describe("what cannot be used is told in one line", () => {
  it.each([
    [{ arms: ["nonsense"] }, /--arms: unknown "nonsense"; expected one of thinkdiff-lvlm, /], [{ tasks: [11] }, /--tasks: no CoBSAT task 11/], [{ shots: [9] }, /--shots: expected a whole number from 1 to 8, found 9/],
    [{ samples: 1001 }, /--samples: expected a whole number from 1 to 1000/], [{ stage: "paint" }, /--stage: unknown "paint"/], [{ engine: "abacus" }, /unknown engine "abacus"/], [{ device: "quantum" }, /unknown device "quantum"/],
    [{ shard: { index: 3, count: 2 } }, /--shard 3\/2/], [{ steps: 0 }, /--steps/], [{ seeds: 0 }, /--seeds: expected a whole number from 1, found 0/], [{ arms: [] }, /--arms: nothing is named/],
  ])("%j", async (options, message) => {
    await expect(start(options)).rejects.toMatchObject({ message: expect.stringMatching(message) as unknown, exitCode: 2 });
  });

  it("refuses a run folder of another identity, saying what differs and what to do", async () => {
    await expect(start({ out: whole.folder, seed: 7, steps: 3 })).rejects.toThrow(/seed: recorded 42, now 7[^]*samplerSteps: recorded 2, now 3[^]*give --out another folder/);
    expect(readSamples(whole.folder).size).toBe(22);
  });

  it("names a weight file that is cut short, has wrong shapes or lacks tensors", async () => {
    const broken = (role: "t5" | "flux", change: (file: string, folder: string) => void): Profile => {
      const folder = join(root, `broken ${role} ${made++}`);
      cpSync(profile.models[role], folder, { recursive: true });
      change(join(folder, role === "flux" ? "diffusion_pytorch_model.safetensors" : "model.safetensors"), folder);
      return { ...profile, models: { ...profile.models, [role]: folder } };
    };
    await expect(start({ profile: broken("t5", (file) => truncateSync(file, 3000)) })).rejects.toThrow(/broken t5.*model\.safetensors: .*cut short/);
    await expect(start({ profile: broken("flux", (_, folder) => {
      const path = join(folder, "config.json"), json = JSON.parse(readFileSync(path, "utf8")) as object;
      writeFileSync(path, JSON.stringify({ ...json, num_single_layers: 2, pooled_projection_dim: 11 }));
    }) })).rejects.toThrow(/broken flux.*shape \[16, 10\] found, \[16, 11\] expected.*single_transformer_blocks\.1/);
    await expect(start({ profile: broken("t5", (_, folder) => rmSync(join(folder, "config.json"))) })).rejects.toThrow(/broken t5.*config\.json: /);
  });

  it("names benchmark pictures that are missing or corrupt", async () => {
    const folder = join(root, "datasets");
    cpSync(datasets, folder, { recursive: true });
    rmSync(join(folder, "color_car/red_car.jpg"));
    truncateSync(join(folder, "color_hat/blue_hat.jpg"), 200);
    await expect(start({ profile: { ...profile, dataset: { folder } } })).rejects.toThrow(/missing: color_car\/red_car\.jpg[^]*corrupt: color_hat\/blue_hat\.jpg/);
  });
});
