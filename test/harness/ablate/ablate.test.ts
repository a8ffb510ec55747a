import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseline, experiments } from "../../../src/ablations/index.ts";
import { ablate, type AblateOptions } from "../../../src/harness/ablate/ablate.ts";
import { armsOf, armTrainings, planOf, variantOf } from "../../../src/harness/ablate/variants.ts";
import type { BenchCobsatResult } from "../../../src/harness/benchCobsat/benchCobsat.ts";
import type { Profile } from "../../../src/harness/profile.ts";
import { reportFile } from "../../../src/harness/report/render.ts";
import { readDiagnostics } from "../../../src/harness/runs/diagnostics.ts";
import { readLosses } from "../../../src/harness/runs/losses.ts";
import { requireRecord } from "../../../src/harness/runs/record.ts";
import { readSamples } from "../../../src/harness/runs/samples.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { ensureBenchmark } from "../../../src/micro/benchmark.ts";
import type { ModelCopy } from "../../../src/micro/pretraining/copies.ts";
import { flux as tinyFlux, t5 as tinyT5, tinyProfile } from "../benchCobsat/tinyProfile.ts";

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
    const plan = planOf(armsOf(trainings, () => { throw new Error("no copy is asked for"); }), [{ arm: "x", shots: 2, task: "Color-I", prompts: 5 }]);
    expect(plan.map(({ arm, trainingSeed }) => `${arm} ${trainingSeed ?? ""}`.trim())).toEqual([
      "thinkdiff-lvlm", "thinkdiff-lvlm 43", "thinkdiff-lvlm 44", "no-masking", "no-masking 43", "no-masking 44", "untrained-aligner", "shuffled-features",
    ]);
  });
});

describe("ablate on tiny random models", () => {
  const datasets = ".cache/micro/cobsat/datasets", told: string[] = [], made: string[] = [];
  let root: string, profile: Profile, whole: BenchCobsatResult;

  const start = (options: Partial<AblateOptions> = {}): Promise<BenchCobsatResult> =>
    ablate({ profile, names: ["no-masking", "input-tokens", "no-rmsnorm@8"], samples: 1, tasks: ["Color-I"], threads: 1, continueWithOtherCode: true, out: join(root, "run"), tell: (line) => told.push(line), ...options });

  beforeAll(async () => {
    await ensureBenchmark(datasets);
    root = mkdtempSync(join(tmpdir(), "ablate-"));
    profile = tinyProfile(root, datasets);
    const copy = (name: string, write: (folder: string) => string): ModelCopy => {
      const folder = join(root, "copies", name.replace(" ", "-"), name.split(" ")[0]!);
      return { name, folder, steps: 1, batch: 2, taken: () => 0, undrawn: () => 0, made: () => existsSync(join(folder, "config.json")), make: async () => { made.push(name); write(folder); } };
    };
    profile = { ...profile, copies: { t5: () => copy("t5", (folder) => tinyT5(folder, 0.9)), flux: (noise) => copy(`flux ${noise}`, (folder) => tinyFlux(folder, 0.5 + 2 * noise)) } };
    whole = await start();
  });
  afterAll(() => rmSync(root, { recursive: true }));

  it("trains and scores the baseline, the ablations and the controls at 2 shots", async () => {
    expect(whole.exitCode).toBe(0);
    expect([...readSamples(whole.folder).keys()].sort()).toEqual(
      ["input-tokens-split", "input-tokens", "no-masking", "no-rmsnorm@8", "shuffled-features", "thinkdiff-lvlm", "untrained-aligner"].map((arm) => `${arm}/2/Color-I/0`));
    expect([...new Set(readLosses(whole.folder).map(({ arm }) => arm))].sort()).toEqual(["input-tokens", "input-tokens-split", "no-masking", "no-rmsnorm@8", "thinkdiff-lvlm"]);
    expect(whole.summary).toMatchObject({ kind: "ablation", complete: true });
    expect(whole.summary.claims.map(({ id }) => id)).toEqual(["masking-helps", "generated-tokens-help", "generated-tokens-alone", "sota-margin", "training-cost"]);
    expect((await verifyRun(whole.folder, { root: process.cwd() })).checks.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it("says beforehand what is to do, but for a stage by itself, which may be without the models that tell it", async () => {
    expect(told[0]).toMatch(/^about .*: training features .*, 5 trainings .*, 4 answers of the LVLM .*, 7 pictures /);
    await start({ out: whole.folder, stage: "judge" });
    expect(told).toHaveLength(1);
  });

  it("trains every arm for as many steps as are asked for", async () => {
    const { folder } = await start({ trainingSteps: 2, names: ["no-masking"], out: join(root, "two steps") });
    expect(readLosses(folder).map(({ arm, step }) => `${arm} ${step}`).sort()).toEqual(["no-masking 0", "no-masking 1", "thinkdiff-lvlm 0", "thinkdiff-lvlm 1"]);
  });

  it("goes on with more seeds, and uses again what is trained", async () => {
    const before = readSamples(whole.folder), { summary, folder } = await start({ seeds: 2, names: ["no-masking"] });
    expect(told.at(-1)).toMatch(/2 trainings .*, 0 answers of the LVLM .*, 2 pictures/);
    expect([...readSamples(whole.folder).keys()].filter((id) => !before.has(id)).sort()).toEqual([`no-masking/2/Color-I/0/${profile.aligner.experiment.seed + 1}`, `thinkdiff-lvlm/2/Color-I/0/${profile.aligner.experiment.seed + 1}`]);
    expect(summary.claims.find(({ id }) => id === "masking-helps")!.evidence.mark).toBe("two seeds");
    expect(summary.seedSpreads.map(({ arm, seeds }) => [arm, seeds.map(({ seed, n }) => [seed - profile.aligner.experiment.seed, n])])).toEqual([["thinkdiff-lvlm", [[0, 1], [1, 1]]], ["no-masking", [[0, 1], [1, 1]]]]);
    const page = readFileSync(reportFile(folder), "utf8"), [{ curves }] = JSON.parse(/id="loss-data">([^<]*)</.exec(page)![1]!) as [{ curves: { name: string; colour: number; nth: number }[] }];
    expect(page).toMatch(/<table class="compact" id="seeds">/);
    expect(curves.map(({ name, colour, nth }) => `${name} ${colour} ${nth}`)).toEqual(["ThinkDiff-LVLM 0 0", "ThinkDiff-LVLM 0 1", "no-masking 1 0", "no-masking 1 1", "input-tokens 2 0", "input-tokens-split 3 0", "no-rmsnorm@8 4 0"]);
    const { entropy } = JSON.parse(/id="diagnostics-data">([^<]*)</.exec(page)![1]!) as { entropy: { arm: string; name: string; nth: number }[] };
    expect(entropy.map(({ arm, nth }) => `${arm} ${nth}`)).toEqual(["T5's states 0", ...curves.map(({ name, nth }) => `${name} ${nth}`)]);
    expect(entropy[2]!.name).toBe(`ThinkDiff-LVLM, seed ${profile.aligner.experiment.seed + 1}`);
    expect(readDiagnostics(folder).map(({ arm, seed }) => `${arm} ${seed - profile.aligner.experiment.seed}`)).toEqual(["input-tokens 0", "input-tokens-split 0", "no-masking 0", "no-masking 1", "no-rmsnorm@8 0", "thinkdiff-lvlm 0", "thinkdiff-lvlm 1"]);
  });

  it("gives the norm's claims at every scale from three training seeds, their spread apart from the samples'", async () => {
    const { exitCode, summary } = await start({ names: ["no-rmsnorm", "no-rmsnorm@8", "thinkdiff-lvlm@8"], seeds: 3, out: join(root, "seeds") }), { seed } = profile.aligner.experiment, own = [seed, seed + 1, seed + 2];
    expect([exitCode, summary.complete, summary.training.length]).toEqual([0, true, 12]);
    expect(told.at(-1)).toMatch(/^about [^:]*: (9|10) trainings .*, 14 pictures /);
    for (const id of ["rmsnorm-accuracy", "rmsnorm-convergence"]) {
      const { evidence } = summary.claims.find((claim) => claim.id === id)!;
      expect(evidence.scales!.map(({ scale, mark }) => [scale, mark])).toEqual([[1, undefined], [8, undefined]]);
    }
    const { scales } = summary.claims.find(({ id }) => id === "rmsnorm-accuracy")!.evidence;
    for (const { seeds, seedSpread, n } of scales!) expect([seeds!.map((one) => one.seed), typeof seedSpread, n]).toEqual([own, "number", 3]);
    expect(summary.seedSpreads.map(({ arm, seeds }) => [arm, seeds.map((one) => one.seed)])).toEqual(["thinkdiff-lvlm", "no-rmsnorm", "thinkdiff-lvlm@8", "no-rmsnorm@8"].map((arm) => [arm, own]));
  });

  it("runs the extras: another layer, the diffusion loss, another T5, copies of FLUX beside the bridge they draw", async () => {
    const names = ["layer-half", "diffusion-loss", "fine-tuned-t5", "flux-noise-0", "flux-noise-0.5"], { folder, exitCode, summary } = await start({ names, out: join(root, "extras") });
    expect(exitCode).toBe(0);
    expect(told.at(-1)).toMatch(/^about .*3 copies of base models .*, 3 trainings /);
    const samples = readSamples(folder), arms = [...samples.values()].map(({ arm }) => arm);
    expect(arms.sort()).toEqual([...names, "no-masking", "flux-noise-0-bridge", "flux-noise-0.5-bridge", "shuffled-features", "thinkdiff-lvlm", "untrained-aligner"].sort());
    expect(made).toEqual(["t5", "flux 0", "flux 0.5"]);
    expect(Object.keys(requireRecord(folder).copies!).sort()).toEqual(["flux 0", "flux 0.5", "t5"]);
    // Another FLUX draws another picture; the diffusion loss alone is another quantity.
    expect(new Set([...samples.values()].filter(({ arm }) => /^(thinkdiff-lvlm|flux-noise-[\d.]+)$/.test(arm)).map(({ image }) => image)).size).toBe(3);
    expect(summary.training.map(({ arm, objective }) => [arm, objective])).toEqual([["thinkdiff-lvlm", undefined], ["no-masking", undefined], ["diffusion-loss", "diffusion"], ["fine-tuned-t5", undefined], ["layer-half", undefined]]);
    const page = readFileSync(reportFile(folder), "utf8"), charts = JSON.parse(/id="loss-data">([^<]*)</.exec(page)![1]!) as { axis: string; curves: { name: string }[] }[];
    expect(charts.map(({ axis, curves }) => [axis, curves.map(({ name }) => name)])).toEqual([["loss (nats per token)", ["ThinkDiff-LVLM", "no-masking", "fine-tuned-t5", "layer-half"]], ["squared error per number", ["diffusion-loss"]]]);
    expect(page.match(/<canvas [^>]*data-loss/g)).toHaveLength(2);
    const noise = JSON.parse(/id="noise-data">([^<]*)</.exec(page)![1]!) as { series: { points: number[][] }[] };
    expect(noise.series.map(({ points }) => points.map(([amount]) => amount))).toEqual([[0, 0.5], [0, 0.5]]);
    expect(readDiagnostics(folder).map(({ arm }) => arm)).toEqual(["diffusion-loss", "fine-tuned-t5", "layer-half", "no-masking", "thinkdiff-lvlm"]);
    expect((await verifyRun(folder, { root: process.cwd() })).checks.flatMap(({ faults }) => faults)).toEqual([]);
    // All of it is in the cache now, the diffusion loss's aligner too: another run has only pictures to draw, unless it is to train anew.
    const tell = (line: string): never => { throw new Error(line); };
    await expect(start({ names, out: join(root, "again"), tell })).rejects.toThrow(/^about [^:]*: 0 trainings 0.0 s, /);
    await expect(start({ names, out: join(root, "again"), retrain: true, tell })).rejects.toThrow(/^about [^:]*: 5 trainings /);
    // A copy that is another one now is not drawn with silently.
    tinyFlux(profile.copies!.flux(0).folder, 0.7);
    await expect(start({ names, samples: 2, out: folder })).rejects.toThrow(/run\.json: flux 0 has other weights than when this run first used it/);
    await expect(start({ profile: { ...profile, copies: undefined }, names: ["flux-noise-0"], out: join(root, "none") })).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("no recipes to fine-tune") });
  });

  it("records an arm that explodes, charts it to the step it broke, counts it, and scores the rest", async () => {
    // Weight decay at these rates turns weights over at each step, and makes them five times as large at three times the rate.
    const { aligner } = profile, arm = "no-rmsnorm-triple-rate", experiment = { ...aligner.experiment, schedule: { start: 40, peak: 40, floor: 40, warmup: 0 } };
    const { folder, exitCode, summary } = await start({ profile: { ...profile, aligner: { ...aligner, experiment, ablationSteps: 40 } }, names: [arm], out: join(root, "explodes") });
    expect([exitCode, summary.complete]).toEqual([0, true]);
    expect(summary.training.map(({ arm: name, diverged, steps }) => [name, diverged, steps])).toEqual([["thinkdiff-lvlm", false, 40], [arm, true, expect.any(Number)]]);
    const { divergedAt, steps } = summary.training[1]!, losses = readLosses(folder).filter((line) => line.arm === arm);
    expect([steps, losses.length]).toEqual([divergedAt! + 1, divergedAt! + 1]);
    expect(steps).toBeLessThan(40);
    expect(losses.map(({ loss, gradNorm }) => loss === null || gradNorm === null)).toEqual(losses.map((_, i) => i === divergedAt));
    const page = readFileSync(reportFile(folder), "utf8"), [{ curves }] = JSON.parse(/id="loss-data">([^<]*)</.exec(page)![1]!) as [{ curves: { name: string; broke: { step: number } | null }[] }];
    expect(curves.map(({ name, broke }) => [name, broke?.step])).toEqual([["ThinkDiff-LVLM", undefined], [arm, losses.findLast(({ loss }) => loss !== null)!.step]]);
    expect(page).toContain("1 of 2 trainings diverged");
    expect(page).toContain(`diverged at step ${divergedAt}`);
  });

  it("refuses an unknown name with those known, and a run of another baseline", async () => {
    await expect(start({ names: ["nonsense"] })).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/nonsense.*no-rmsnorm.*rmsnorm/) });
    await expect(start({ seeds: 0 })).rejects.toMatchObject({ exitCode: 2 });
    const other = { ...profile, aligner: { ...profile.aligner, ablationSteps: 4 } };
    await expect(start({ profile: other })).rejects.toThrow(/another identity[^]*settings aligner/);
  });
});
