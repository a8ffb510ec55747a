import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ablateClip } from "../../../src/harness/ablate/ablateClip.ts";
import { composeSchema } from "../../../src/harness/benchCompose/lines.ts";
import { reportFile } from "../../../src/harness/report/page.ts";
import { readLines } from "../../../src/harness/runs/samples.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { tinyProfile } from "../benchCobsat/tinyProfile.ts";

const root = mkdtempSync(join(tmpdir(), "ablate-clip-")), profile = tinyProfile(root, join(root, "none"));
const told: string[] = [];
afterAll(() => rmSync(root, { recursive: true }));

it("trains and scores ThinkDiff-CLIP beside the norm's ablations, every arm for the same steps and from the same noise", { timeout: 120_000 }, async () => {
  const out = join(root, "run"), { exitCode, summary } = await ablateClip({ profile, names: ["rmsnorm"], samples: 1, tasks: ["I"], threads: 1, out, continueWithOtherCode: true, tell: (line) => told.push(line) });
  expect(told).toEqual([expect.stringMatching(/^about [^:]*: training pictures .*, 3 trainings .*, 15 pictures .*, judging /)]);
  expect([exitCode, summary.complete, summary.cells.map(({ arm, n }) => [arm, n])]).toEqual([0, true, [["thinkdiff-clip", 3], ["no-rmsnorm", 3], ["default-init", 3], ["untrained-aligner", 3], ["shuffled-features", 3]]]);
  expect(summary.training.map(({ arm, steps, parameters }) => [arm, steps, parameters])).toEqual([["thinkdiff-clip", 3, 276], ["no-rmsnorm", 3, 264], ["default-init", 3, 276]]);
  const images = [...readLines(out, composeSchema).values()].filter(({ noise }) => noise === 0).map(({ image }) => image);
  expect(new Set(images).size).toBe(5);
  expect((await verifyRun(out, { root: process.cwd() })).checks.flatMap(({ faults }) => faults)).toEqual([]);
  // More seeds go on with the run, paired seed by seed.
  const seeded = await ablateClip({ profile, names: ["rmsnorm"], samples: 1, seeds: 2, tasks: ["I"], threads: 1, out, continueWithOtherCode: true, tell: (line) => told.push(line) }), { seed } = profile.clipAligner.experiment;
  expect(told.pop()).toMatch(/^about [^:]*: 3 trainings .*, 9 pictures /);
  expect(seeded.summary.seedSpreads!.map(({ arm, seeds }) => [arm, seeds.map((one) => [one.seed - seed, one.n])])).toEqual(["thinkdiff-clip", "no-rmsnorm", "default-init"].map((arm) => [arm, [[0, 3], [1, 3]]]));
  expect(seeded.summary.differences.map(({ arm, n }) => [arm, n])).toEqual([["no-rmsnorm", 6], ["default-init", 6], ["untrained-aligner", 6], ["shuffled-features", 6]]);
  expect(seeded.summary.training).toHaveLength(6);
  expect(seeded.summary.claims!.map(({ id, evidence: { n, mark } }) => [id, n, mark])).toEqual([["rmsnorm-convergence", undefined, "two seeds"], ["rmsnorm-accuracy", 6, undefined], ["initialisation-convergence", undefined, "two seeds"], ["initialisation-accuracy", 6, undefined]]);
  expect(new Set([...readLines(out, composeSchema).values()].filter(({ noise, arm }) => noise === 0 && arm === "no-rmsnorm").map(({ image }) => image)).size).toBe(2);
  expect((await verifyRun(out, { root: process.cwd() })).checks.flatMap(({ faults }) => faults)).toEqual([]);
  expect(readFileSync(reportFile(out), "utf8")).toMatch(/several training seeds, over which rates are pooled[^]*<table class="compact" id="seeds">/);
  // What is there is not estimated again, nor trained.
  await ablateClip({ profile, names: ["rmsnorm"], samples: 2, tasks: ["I"], threads: 1, out, continueWithOtherCode: true, tell: (line) => told.push(line) });
  expect(told[1]).toMatch(/^about [^:]*: 0 trainings 0\.0 s, 15 pictures .*, judging /);
  await expect(ablateClip({ profile, names: ["rmsnorm"], samples: 1, tasks: ["I"], threads: 1, out: join(root, "again"), retrain: true, continueWithOtherCode: true, tell: (line) => { throw new Error(line); } })).rejects.toThrow(/^about [^:]*: 3 trainings /);
  await ablateClip({ profile, names: ["rmsnorm"], samples: 1, tasks: ["I"], threads: 1, out: join(root, "one seed"), continueWithOtherCode: true });
  const page = readFileSync(reportFile(join(root, "one seed")), "utf8");
  expect(["ablation: ThinkDiff-CLIP without the RMS norm", "Ablations of ThinkDiff-CLIP", "one training seed", "The paper's claims", "swapped-order", "real-image"].map((text) => page.includes(text))).toEqual([true, true, true, true, false, false]);
});

it("lists the ablations that ThinkDiff-CLIP has where another is named", async () => {
  await expect(ablateClip({ profile, names: ["no-masking"] })).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("ThinkDiff-CLIP has no-rmsnorm, default-init and the group rmsnorm") as unknown });
});
