import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readDrawn } from "../../../src/harness/benchCobsat/drawn.ts";
import type { StageName } from "../../../src/harness/benchCobsat/options.ts";
import { composeMethod } from "../../../src/harness/benchCompose/arms.ts";
import { benchCompose, type BenchComposeResult } from "../../../src/harness/benchCompose/benchCompose.ts";
import { composeSchema, type ComposeLine } from "../../../src/harness/benchCompose/lines.ts";
import { composeNeeds, trainingsFor } from "../../../src/harness/benchCompose/needs.ts";
import { casesOf, composeRequest, type BenchComposeOptions } from "../../../src/harness/benchCompose/options.ts";
import { caseBlocks } from "../../../src/harness/benchCompose/session.ts";
import type { ModelRole, Profile } from "../../../src/harness/profile.ts";
import { requireRecord } from "../../../src/harness/runs/record.ts";
import { readLines } from "../../../src/harness/runs/samples.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { noPictures, onOtherMachine } from "../benchCobsat/otherMachine.ts";
import { tinyProfile } from "../benchCobsat/tinyProfile.ts";

const root = mkdtempSync(join(tmpdir(), "compose-stages-")), tiny = tinyProfile(join(root, "models"), join(root, "none"));
const profile: Profile = { ...tiny, compose: { cases: 1, similarity: "judge-2" } }, cases = casesOf(profile);
afterAll(() => rmSync(root, { recursive: true }));

const start = (options: Partial<BenchComposeOptions>): Promise<BenchComposeResult> => benchCompose({ profile, tasks: ["I+T"], samples: 1, threads: 1, continueWithOtherCode: true, ...options });

/** Does a stage on another machine, which has these models alone. */
const elsewhere = (run: string, stage: string, roles: readonly ModelRole[], options: Partial<BenchComposeOptions> = {}, here = profile): Promise<BenchComposeResult> =>
  onOtherMachine(root, here, run, roles, (there, out) => start({ profile: stage === "train" ? there : { ...there, clipAligner: { ...there.clipAligner, images: noPictures } }, out, stage, ...options }));

const samplesOf = (folder: string): Record<string, ComposeLine> => Object.fromEntries([...readLines(folder, composeSchema)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, sample]) => [id, { ...sample, seconds: 0 }]));

const drawing: readonly ModelRole[] = ["t5-text", "flux", "vae", "clip"], arms = ["thinkdiff-clip", "text-bridge", "untrained-aligner", "real-image"];

it("does each stage on a machine that has its models alone, joined by the run folder, with the samples of one machine", async () => {
  const run = join(root, "travelling"), whole = await start({ out: join(root, "whole"), arms });
  await elsewhere(run, "features", ["lvlm"], { arms });
  expect(Object.keys(requireRecord(run).identity.settings)).not.toContain("aligner");
  await elsewhere(run, "train", ["vision", "t5"], { arms });
  expect(requireRecord(run).trainings).toMatchObject([{ arm: "thinkdiff-clip", diverged: false }]);
  await elsewhere(run, "generate", [...drawing, "vision", "t5"], { arms });
  expect(samplesOf(run)).toEqual({});
  const { exitCode, summary } = await elsewhere(run, "judge", ["judge", "judge-2"], { arms });
  expect([exitCode, summary.complete]).toEqual([0, true]);
  expect(samplesOf(run)).toEqual(samplesOf(whole.folder));
  const { identity: joined } = requireRecord(run), { identity } = requireRecord(whole.folder);
  expect(joined).toEqual(identity);
  expect(Object.keys(joined.weights).map((name) => name.split("/")[0]).sort()).toEqual([...drawing, "judge", "judge-2", "lvlm", "t5", "vision"].sort());
  expect((await verifyRun(run)).checks.flatMap(({ faults }) => faults)).toEqual([]);
  // What is finished needs no model at all.
  expect((await elsewhere(run, "judge", [], { arms })).summary.complete).toBe(true);
}, 120_000);

it.each<[arm: string, stage: StageName, needs: readonly ModelRole[]]>([
  ["text-bridge", "features", ["lvlm"]], ["thinkdiff-clip", "features", []], ["true-caption", "train", []], ["thinkdiff-clip", "train", ["vision", "t5"]],
  ["true-caption", "generate", drawing], ["untrained-aligner", "generate", [...drawing, "vision", "t5"]], ["real-image", "generate", []], ["real-image", "judge", ["judge", "judge-2"]],
])("%s as far as %s needs %j", (arm, stage, needs) => {
  const request = composeRequest({ profile, tasks: ["I"], samples: 1, arms: [arm], stage, out: join(root, "no run") }, cases), asked = { profile, request, blocks: caseBlocks(request.plan, cases), run: { samples: new Map() } };
  const trainings = trainingsFor(asked, [{ key: composeMethod, experiment: profile.clipAligner.experiment }]);
  expect([...composeNeeds({ ...asked, trainings, retrain: false })].sort()).toEqual([...needs].sort());
});

it.each([["train", "t5", ["vision"]], ["judge", "judge-2", ["vision", "t5", ...drawing, "judge"]]] as const)("says in one line that stage %s lacks the model %s, before anything runs", async (stage, missing, there) => {
  await expect(elsewhere(join(root, `without ${missing}`), stage, there, { arms: ["thinkdiff-clip"] })).rejects.toMatchObject({ exitCode: 1, message: expect.stringMatching(new RegExp(`^.*not here.${missing}: no such folder; it holds the model "${missing}", which this work needs: put it there, or do this stage on a machine that has it$`)) as unknown });
});

it("refuses another model than the run's, and another aligner", async () => {
  const run = join(root, "faulty"), own = { arms: ["thinkdiff-clip"] }, other = join(root, "other vision");
  await elsewhere(run, "train", ["vision", "t5"], own);
  cpSync(tiny.models.vision, other, { recursive: true });
  appendFileSync(join(other, "config.json"), " ");
  await expect(elsewhere(run, "generate", [...drawing, "vision"], own, { ...profile, models: { ...profile.models, vision: other } })).rejects.toThrow(/another identity:\n {2}configs vision.config\.json: recorded .*, now .*\n/);
  const { clipAligner } = profile, longer = { ...profile, clipAligner: { ...clipAligner, experiment: { ...clipAligner.experiment, steps: 4 } } };
  await expect(elsewhere(run, "train", ["vision", "t5"], own, longer)).rejects.toThrow(/another identity:\n {2}settings aligner: recorded trained here, identity .*, now trained here/);
});

it("refuses pictures that were named where the run's aligner was trained on others", async () => {
  const run = join(root, "other pictures"), own = { arms: ["thinkdiff-clip"] }, { clipAligner } = profile, roles = [...drawing, "vision"] as const;
  await elsewhere(run, "train", ["vision", "t5"], own);
  const named = (identity: string): Promise<BenchComposeResult> => onOtherMachine(root, profile, run, roles, (there, out) => start({ profile: { ...there, picturesNamed: true, clipAligner: { ...clipAligner, images: { ...clipAligner.images, identity } } }, out, stage: "generate", ...own }));
  await expect(named("others")).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/aligners.thinkdiff-clip-\d+: this aligner was trained on other pictures than those that --pictures names; name those, or start another run with --out$/) as unknown });
  expect((await named(clipAligner.images.identity)).summary.finished).toBe(0);
  expect(readDrawn(run).size).toBeGreaterThan(0);
}, 120_000);
