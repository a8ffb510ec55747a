import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseline, experiments } from "../../../src/ablations/index.ts";
import { ablate, type AblateOptions } from "../../../src/harness/ablate/ablate.ts";
import { armsOf, armTrainings, planOf, variantOf } from "../../../src/harness/ablate/variants.ts";
import type { BenchCobsatResult } from "../../../src/harness/benchCobsat/benchCobsat.ts";
import type { Profile } from "../../../src/harness/profile.ts";
import { readLosses } from "../../../src/harness/runs/losses.ts";
import { readSamples } from "../../../src/harness/runs/samples.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { ensureBenchmark } from "../../../src/micro/benchmark.ts";
import { tinyProfile } from "../benchCobsat/tinyProfile.ts";

describe("variants", () => {
  it("carry an ablation's change over to a profile's own baseline", () => {
    const own = { ...baseline, steps: 7, seed: 3 };
    expect(variantOf(own, experiments.get("no-rmsnorm")!)).toEqual({ ...own, name: "no-rmsnorm", summary: experiments.get("no-rmsnorm")!.summary, norm: "none" });
  });

  it("give every arm every seed, the first without a mark in its samples' ids", () => {
    const trainings = armTrainings({ ...baseline, seed: 42 }, [experiments.get("no-masking")!], 3);
    expect(trainings.map(({ key, trainingSeed, experiment }) => [key, trainingSeed, experiment.seed])).toEqual([
      ["thinkdiff-lvlm", undefined, 42], ["thinkdiff-lvlm/43", 43, 43], ["thinkdiff-lvlm/44", 44, 44], ["no-masking", undefined, 42], ["no-masking/43", 43, 43], ["no-masking/44", 44, 44],
    ]);
    const plan = planOf(armsOf(trainings), [{ arm: "x", shots: 2, task: "Color-I", prompts: 5 }]);
    expect(plan.map(({ arm, trainingSeed }) => `${arm} ${trainingSeed ?? ""}`.trim())).toEqual([
      "thinkdiff-lvlm", "thinkdiff-lvlm 43", "thinkdiff-lvlm 44", "no-masking", "no-masking 43", "no-masking 44", "untrained-aligner", "shuffled-features",
    ]);
  });
});

describe("ablate on tiny random models", () => {
  const datasets = ".cache/micro/cobsat/datasets", told: string[] = [];
  let root: string, profile: Profile, whole: BenchCobsatResult;

  const start = (options: Partial<AblateOptions> = {}): Promise<BenchCobsatResult> =>
    ablate({ profile, names: ["no-masking", "input-tokens", "no-rmsnorm@8"], samples: 1, tasks: ["Color-I"], threads: 1, continueWithOtherCode: true, out: join(root, "run"), tell: (line) => told.push(line), ...options });

  beforeAll(async () => {
    await ensureBenchmark(datasets);
    root = mkdtempSync(join(tmpdir(), "ablate-"));
    profile = tinyProfile(root, datasets);
    whole = await start();
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it("trains and scores the baseline, the ablations and the controls at 2 shots", async () => {
    expect(whole.exitCode).toBe(0);
    expect([...readSamples(whole.folder).keys()].sort()).toEqual(
      ["input-tokens", "no-masking", "no-rmsnorm@8", "shuffled-features", "thinkdiff-lvlm", "untrained-aligner"].map((arm) => `${arm}/2/Color-I/0`));
    expect([...new Set(readLosses(whole.folder).map(({ arm }) => arm))].sort()).toEqual(["input-tokens", "no-masking", "no-rmsnorm@8", "thinkdiff-lvlm"]);
    expect(whole.summary).toMatchObject({ kind: "ablation", complete: true });
    expect(whole.summary.claims.map(({ id }) => id)).toEqual(["masking-helps", "generated-tokens-help", "sota-margin", "training-cost"]);
    expect((await verifyRun(whole.folder, { root: process.cwd() })).checks.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it("says beforehand what is to do", () => {
    expect(told[0]).toMatch(/^about .*: training features .*, 4 trainings .*, 4 answers of the LVLM .*, 6 pictures /);
  });

  it("goes on with more seeds, and uses again what is trained", async () => {
    const before = readSamples(whole.folder), { summary } = await start({ seeds: 2, names: ["no-masking"] });
    expect(told.at(-1)).toMatch(/2 trainings .*, 0 answers of the LVLM .*, 2 pictures/);
    expect([...readSamples(whole.folder).keys()].filter((id) => !before.has(id)).sort()).toEqual([`no-masking/2/Color-I/0/${profile.aligner.experiment.seed + 1}`, `thinkdiff-lvlm/2/Color-I/0/${profile.aligner.experiment.seed + 1}`]);
    expect(summary.claims.find(({ id }) => id === "masking-helps")!.evidence.mark).toBe("two seeds");
  });

  it("refuses an unknown name with those known, and a run of another baseline", async () => {
    await expect(start({ names: ["nonsense"] })).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/nonsense.*no-rmsnorm.*rmsnorm/) });
    await expect(start({ seeds: 0 })).rejects.toMatchObject({ exitCode: 2 });
    const other = { ...profile, aligner: { ...profile.aligner, ablationSteps: 4 } };
    await expect(start({ profile: other })).rejects.toThrow(/another identity[^]*settings aligner/);
  });
});
