import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ProductShape } from "../../../src/harness/calibrate.ts";
import { planRun } from "../../../src/harness/plan/plan.ts";
import { trainingCost } from "../../../src/harness/plan/sheets.ts";
import type { Plan } from "../../../src/harness/plan/work.ts";
import { recordedTokens } from "../../../src/harness/plan/lengths.ts";
import { microProfile } from "../../../src/harness/profile.ts";
import { paperProfile } from "../../../src/harness/profiles/paper.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";

const root = mkdtempSync(join(tmpdir(), "plan-")), teraflops = 1e12, asked: ProductShape[] = [];
const rate = async (product: ProductShape): Promise<number> => (asked.push(product), teraflops);
let plan: Plan;
beforeAll(async () => { plan = await planRun({ profile: paperProfile({ models: join(root, "none"), datasets: join(root, "none"), pictures: join(root, "none") }) }, rate); });
afterAll(() => rmSync(root, { recursive: true }));

const parametersIn = (manifest: string): number => (JSON.parse(readFileSync(`test/oracle/manifests/${manifest}.json`, "utf8")) as { parameters: number }).parameters;

it("plans the paper's run without weights, data or pictures: files as published", () => {
  const files = Object.fromEntries(plan.files.map(({ role, parameters, bytes, here }) => [role, [parameters, bytes / parameters, here]]));
  expect(files["flux"]).toEqual([parametersIn("flux.1-dev-transformer"), 2, false]);
  expect(files["lvlm"]).toEqual([parametersIn("qwen2-vl-7b-instruct"), 2, false]);
  expect(files["t5"]).toEqual([parametersIn("flan-t5-xxl"), 4, false]);
  expect(plan.samples).toEqual({ planned: 160_000, answers: 20_000, pictures: 100_000, judged: 101_000, trainingPictures: 0 });
  expect(plan.notes.join()).toContain("pictures that train the aligner are not here");
});

it("counts operations by the traced graphs, memory by the largest model, and what fits", () => {
  const drawing = plan.stages.flatMap(({ work }) => work).find(({ model }) => model === "flux")!, perStep = drawing.flops / 100_000 / 28;
  // 1,024 latent and 512 text tokens pass every block but for its modulation, which one vector a picture passes.
  const modulation = 19 * 2 * 6 * 3072 ** 2 + 38 * 3 * 3072 ** 2 + 2 * 3072 ** 2, single = 38 * (3072 * (3 * 3072 + 12_288) + (3072 + 12_288) * 3072), double = 19 * 12 * 3072 ** 2, attention = 57 * 4 * 1536 ** 2 * 3072;
  const byHand = 1536 * 2 * (single + double) + 2 * modulation + attention;
  expect(Math.abs(perStep / byHand - 1)).toBeLessThan(0.02);
  const memory = Object.fromEntries(plan.stages.map((stage) => [stage.stage, stage.memory!]));
  expect(memory["generate"]!.float32).toBeGreaterThan(4 * parametersIn("flux.1-dev-transformer"));
  // Two of FLUX's largest matrices are widened at a time; its norms and biases, the only small ones, stay so.
  const saved = memory["generate"]!.float32 - memory["generate"]!.float16, widened = 2 * 4 * 18_432 * 3072;
  expect(Math.abs((saved + widened) / (2 * parametersIn("flux.1-dev-transformer")) - 1)).toBeLessThan(0.001);
  expect(plan.devices.find(({ device }) => device === "GPU, 80 GB")!.float32).toEqual(["features", "train", "generate", "judge"]);
  expect(plan.devices.find(({ device }) => device === "GPU, 24 GB")).toMatchObject({ float32: [], offloaded: ["train", "generate", "judge"] });
});

it("says how often models are loaded where they take turns, and what is read for it", () => {
  const loads = Object.fromEntries(plan.loads.map(({ model, times, bytes }) => [model, { times, bytes }]));
  // Of a prompt two texts of 512 tokens, two aligned answers and the answer itself of 128 wait, 20 prompts a block.
  const windows = Math.ceil(1000 / Math.floor(8e9 / (20 * (2 * 512 + 3 * 128) * 4096 * 4)));
  expect([windows, loads["flux"]!.times, loads["t5-text"]!.times, loads["t5"]!.times, loads["lvlm"]!.times]).toEqual([59, windows, windows, 2, 1]);
  expect(loads["flux"]!.bytes).toBe(2 * windows * parametersIn("flux.1-dev-transformer"));
});

it("counts of a training what goes through the graph at once, padded to the longest captions", () => {
  const profile = paperProfile({ models: join(root, "none"), datasets: join(root, "none"), pictures: join(root, "none") }), { work, memory } = plan.stages.find(({ stage }) => stage === "train")!;
  expect(work[0]!.what).toBe("steps of the aligner, 24 of 96 samples at once");
  const parts = trainingCost(profile, 64), whole = trainingCost({ ...profile, aligner: { ...profile.aligner, atOnce: undefined } }, 64);
  expect([parts.flops, parts.bytes / whole.bytes]).toEqual([whole.flops, expect.closeTo(1 / 4, 2)]);
  // The way back through 24 layers needs both factors of each gated feed-forward alone.
  expect(parts.bytes).toBeGreaterThan(24 * 64 * 24 * 2 * 10_240 * 4);
  // As much again as its values take is left.
  expect(memory!.float16 + parts.bytes).toBeLessThan(0.95 * 51.5e9);
  expect(memory!.float32 + parts.bytes).toBeLessThan(0.95 * 85.9e9);
});

it("takes hours from the measured rate of each model's own product, small enough to be measured in a moment", () => {
  for (const { work, seconds } of plan.stages) expect(work.reduce((sum, item) => sum + item.seconds, 0)).toBe(seconds);
  for (const { flops, seconds } of plan.stages.flatMap(({ work }) => work)) expect(flops / seconds / teraflops).toBeLessThan(1);
  expect(asked.length).toBeGreaterThan(4);
  for (const [m, k, n] of asked) expect(2 * m * k * n).toBeLessThan(5e9);
});

it("plans what is asked for: fewer samples, arms and stages", async () => {
  const { samples, stages, files } = await planRun({ profile: microProfile, shots: [2], tasks: [1], samples: 4, arms: ["thinkdiff-lvlm"], stage: "features" }, rate);
  expect(samples).toMatchObject({ planned: 4, answers: 25, pictures: 4, trainingPictures: 6256 });
  expect([stages.map(({ stage }) => stage), files.map(({ role, here }) => [role, here])]).toEqual([["features"], [["lvlm", true]]]);
});

it("plans every training seed of the arm that is trained, and what each draws; one where another arm reads its aligner", async () => {
  const of = async (arm: string) => {
    const { samples, stages, disk, notes } = await planRun({ profile: microProfile, shots: [2], tasks: [1], samples: 4, arms: [arm], seeds: 3 }, rate);
    return { pictures: samples["pictures"], steps: stages.find(({ stage }) => stage === "train")!.work[0]!.count, aligner: disk["aligner"], counted: notes.some((note) => note.startsWith("All 3 trainings are counted")) };
  };
  const one = await of("shuffled-features"), three = await of("thinkdiff-lvlm");
  expect(one).toMatchObject({ pictures: 4, steps: 2400, counted: false });
  expect(three).toEqual({ pictures: 12, steps: 7200, aligner: 3 * one.aligner!, counted: true });
});

it("takes texts to be as long as recorded ones, the run's own before the reference's", () => {
  const reference = recordedTokens(microProfile, join(root, "none"), "lvlm-text", "lvlm", 25)!;
  expect(reference).toBeGreaterThan(18); // words of a text on average
  expect(reference).toBeLessThan(48); // the most it may have
  expect(recordedTokens(microProfile, join(root, "none"), "lvlm-text", "lvlm", 1)!).toBeLessThan(reference);
  const line = (prompt: number, text: string): string => JSON.stringify({ id: `lvlm-text/2/Color-I/${prompt}`, arm: "lvlm-text", shots: 2, task: "Color-I", taskId: 1, prompt, seed: 1, expected: { detail: "red", object: "car" }, text, outcome: "correct", seconds: 1 });
  writeFileSync(join(root, "samples.jsonl"), ["red car", "red", "a red car", "car"].map((text, i) => `${line(i, text)}\n`).join(""));
  const { length } = loadTokenizer(microProfile.models.lvlm).encode("red car", { special: false }), { length: longer } = loadTokenizer(microProfile.models.lvlm).encode("a red car", { special: false });
  expect(recordedTokens(microProfile, root, "lvlm-text", "lvlm", 2)).toBe(Math.ceil((length + longer) / 2 + 1));
  expect(recordedTokens(microProfile, root, "decoder-text", "t5", 2)).toBeUndefined();
  expect(recordedTokens({ ...microProfile, name: "paper" }, join(root, "none"), "lvlm-text", "lvlm", 25)).toBeUndefined();
});
