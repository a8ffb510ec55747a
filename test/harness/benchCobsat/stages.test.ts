import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { benchCobsat, type BenchCobsatResult } from "../../../src/harness/benchCobsat/benchCobsat.ts";
import type { BenchCobsatOptions } from "../../../src/harness/benchCobsat/options.ts";
import type { ModelRole, Profile } from "../../../src/harness/profile.ts";
import { requireRecord } from "../../../src/harness/runs/record.ts";
import { readSamples, type Sample } from "../../../src/harness/runs/samples.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { ensureBenchmark } from "../../../src/micro/benchmark.ts";
import { noPictures, onOtherMachine } from "./otherMachine.ts";
import { tinyProfile } from "./tinyProfile.ts";

const datasets = ".cache/micro/cobsat/datasets", root = mkdtempSync(join(tmpdir(), "stages-"));
let profile: Profile;

beforeAll(async () => {
  await ensureBenchmark(datasets);
  profile = { ...tinyProfile(join(root, "models"), datasets), batch: { texts: 2, images: 1 } };
});
afterAll(() => rmSync(root, { recursive: true }));

const start = (options: Partial<BenchCobsatOptions>): Promise<BenchCobsatResult> =>
  benchCobsat({ profile, shots: [2], tasks: ["Color-I"], samples: 1, threads: 1, continueWithOtherCode: true, ...options });

/** Does a stage on another machine, which has these models alone. */
const elsewhere = (run: string, stage: string, roles: readonly ModelRole[], options: Partial<BenchCobsatOptions> = {}): Promise<BenchCobsatResult> =>
  onOtherMachine(root, profile, run, roles, (there, out) => start({ profile: stage === "features" ? there : { ...there, aligner: { ...there.aligner, images: noPictures } }, out, stage, ...options }));

const samplesOf = (folder: string): Record<string, Sample> => Object.fromEntries([...readSamples(folder)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, sample]) => [id, { ...sample, seconds: 0 }]));

it("does each stage on a machine that has its models alone, joined by the run folder, with the samples of one machine", async () => {
  const run = join(root, "travelling"), whole = await start({ out: join(root, "whole") });
  await elsewhere(run, "features", ["lvlm"]);
  expect(Object.keys(samplesOf(run))).toEqual(["lvlm-text/2/Color-I/0"]);
  await elsewhere(run, "train", ["t5"]);
  expect(requireRecord(run).trainings).toMatchObject([{ arm: "thinkdiff-lvlm", diverged: false }]);
  await elsewhere(run, "generate", ["t5", "t5-text", "flux", "vae", "clip"]);
  const { exitCode, summary } = await elsewhere(run, "judge", ["judge"]);
  expect([exitCode, summary.complete]).toEqual([0, true]);
  expect(samplesOf(run)).toEqual(samplesOf(whole.folder));
  const { identity: joined } = requireRecord(run), { identity } = requireRecord(whole.folder);
  expect(joined).toEqual(identity);
  expect(Object.keys(joined.weights).sort()).toEqual(["clip/model.safetensors", "flux/diffusion_pytorch_model.safetensors", "judge/model.safetensors", "lvlm/model.safetensors", "t5-text/model.safetensors", "t5/model.safetensors", "vae/diffusion_pytorch_model.safetensors"]);
  expect((await verifyRun(run)).checks.flatMap(({ faults }) => faults)).toEqual([]);
}, 180_000);

it("says which model a stage lacks, and refuses another model than the run's", async () => {
  const run = join(root, "faulty");
  await elsewhere(run, "features", ["lvlm"], { arms: ["thinkdiff-lvlm", "lvlm-text"] });
  await expect(elsewhere(run, "train", [])).rejects.toThrow(/not here.t5: no such folder; it holds the model "t5"/);
  const own = profile;
  profile = { ...own, models: { ...own.models, lvlm: join(root, "other lvlm") } };
  cpSync(own.models.lvlm, profile.models.lvlm, { recursive: true });
  writeFileSync(join(profile.models.lvlm, "generation_config.json"), "{}");
  await expect(elsewhere(run, "features", ["lvlm"], { arms: ["lvlm-text"], samples: 3 })).rejects.toThrow(/configs lvlm.generation_config\.json: recorded none/);
  profile = own;
}, 120_000);
