import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { planCompose } from "../../../src/harness/plan/compose.ts";
import { clipTrainingCost, drawingCost } from "../../../src/harness/plan/sheets.ts";
import type { Plan } from "../../../src/harness/plan/work.ts";
import { microProfile } from "../../../src/harness/profile.ts";
import { paperProfile } from "../../../src/harness/profiles/paper.ts";

const root = mkdtempSync(join(tmpdir(), "plan-compose-")), none = join(root, "none"), rate = async (): Promise<number> => 1e12;
afterAll(() => rmSync(root, { recursive: true }));

const workOf = (plan: Plan, what: string) => plan.stages.flatMap(({ work }) => work).find((work) => work.what.includes(what))!;

it("plans micro's run as it was recorded: samples, pictures, what is read and asked", async () => {
  const plan = await planCompose({ profile: microProfile }, rate);
  expect(plan.samples).toMatchObject({ planned: 3040, cases: 160, pictures: 2720, captions: 240, trainingPictures: 6256 });
  // An image is read once for all arms, shuffled ones are others of the same block; two more for the order swapped.
  expect(workOf(plan, "images read").count).toBe(240 + 160);
  expect(["from texts", "from 1 image", "from 2 images"].map((what) => workOf(plan, what).count)).toEqual([2 * 480 + 240, 6 * 120, 6 * 120 + 80]);
  expect(workOf(plan, "asked of llava").count).toBe(plan.samples["themes asked of a judge"]);
  expect(workOf(plan, "compared by CLIP").count).toBe(3040 + 240);
  expect(plan.files.map(({ role }) => role).sort()).toEqual(["clip", "flux", "judge", "judge-2", "lvlm", "t5", "t5-text", "vae", "vision"]);
  for (const [role, folder] of [["judge", "judge-compose"], ["flux", "flux-compose"]]) expect(plan.files.find((file) => file.role === role)!.from).toContain(folder);
  for (const { work, seconds } of plan.stages) expect(work.reduce((sum, item) => sum + item.seconds, 0)).toBe(seconds);
});

it("draws each image beside its tokens, and beside the empty text where guidance asks for it", async () => {
  const plan = await planCompose({ profile: microProfile, samples: 1, tasks: ["2I"], arms: ["thinkdiff-clip"], stage: "generate" }, rate), { count, flops } = workOf(plan, "from 2 images");
  expect([count, plan.stages.map(({ stage }) => stage)]).toEqual([3, ["features", "train", "generate"]]);
  // Of each of two images a class token and a quarter of 8 x 8 patches; T5's end token is all of an empty text.
  expect(flops).toBe(3 * drawingCost(microProfile, 16, 2 * 17 + 1, 3).flops);
  const distilled = { ...microProfile, sampler: { ...microProfile.sampler, guidance: { kind: "distilled", scale: 3.5, range: [0, Infinity] } } } as const, pass = (T: number): number => drawingCost(distilled, 16, T, 3).flops;
  expect(flops / 3).toBeCloseTo(pass(35) + pass(1), 0);
});

it("plans the paper's run on a number of cases, or on a folder of them", async () => {
  const profile = paperProfile({ models: none, pictures: none, cases: none });
  await expect(planCompose({ profile }, rate)).rejects.toThrow(`${none}: no such folder; name that of your cases with --cases, or say with --samples how many`);
  const supposed = await planCompose({ profile, samples: 2, arms: ["thinkdiff-clip", "text-bridge"], stage: "generate" }, rate);
  expect(supposed.samples).toMatchObject({ planned: 48, cases: 8, pictures: 48, captions: 12, "themes asked of a judge": 0 });
  // The longest captions that may be fit 80 GB, and as much again as their values take is left.
  const { work, memory } = supposed.stages.find(({ stage }) => stage === "train")!, own12 = clipTrainingCost(profile, profile.clipAligner.experiment).bytes;
  expect(work.map(({ what }) => what)).toEqual(["steps of the aligner, 12 of 168 samples at once"]);
  expect(memory!.float32 + own12).toBeLessThan(0.95 * 85.9e9);
  expect(own12 / clipTrainingCost({ ...profile, clipAligner: { ...profile.clipAligner, atOnce: undefined } }, profile.clipAligner.experiment).bytes).toBeCloseTo(12 / 168, 2);
  expect(supposed.notes.join()).toContain("2 cases of each kind of input are supposed");
  for (const [name, pictures] of [["one", 1], ["two", 2]] as const) {
    mkdirSync(join(root, "own", name), { recursive: true });
    for (let i = 0; i < pictures; i++) writeFileSync(join(root, "own", name, `${i}.png`), "");
  }
  const own = await planCompose({ profile: paperProfile({ models: none, pictures: none, cases: join(root, "own") }), arms: ["copy-input", "text-only", "text-bridge"] }, rate);
  // Two cases of I and one of 2I, without texts.
  expect(own.samples).toMatchObject({ planned: 3 + 9, cases: 3, pictures: 9, captions: 4, trainingPictures: 0 });
  expect(own.stages.map(({ stage, memory }) => [stage, memory?.model])).toEqual([["features", "lvlm"], ["train", undefined], ["generate", "flux"], ["judge", "judge-2"]]);
});
