import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Executor } from "../../src/graph/executor.ts";
import { benchCobsat, type BenchCobsatResult } from "../../src/harness/benchCobsat/benchCobsat.ts";
import { readDrawn } from "../../src/harness/benchCobsat/drawn.ts";
import type { BenchCobsatOptions } from "../../src/harness/benchCobsat/options.ts";
import { benchCompose } from "../../src/harness/benchCompose/benchCompose.ts";
import { featureBytes } from "../../src/harness/configured.ts";
import { planCompose } from "../../src/harness/plan/compose.ts";
import { planRun } from "../../src/harness/plan/plan.ts";
import type { Plan } from "../../src/harness/plan/work.ts";
import { microProfile, type Profile } from "../../src/harness/profile.ts";
import { readSamples } from "../../src/harness/runs/samples.ts";
import { neighbours } from "../../src/harness/windows.ts";
import { ensureBenchmark } from "../../src/micro/benchmark.ts";
import { tinyProfile } from "./benchCobsat/tinyProfile.ts";

/** How often each large model was loaded, told by what its graph gives, and which were held at once. */
const seen = vi.hoisted(() => ({ loads: {} as Record<string, number>, held: [] as string[], together: new Set<string>() }));
const models: Readonly<Record<string, string>> = { velocity: "flux", last: "t5-text", "cross.k.0": "t5", tokens: "vision", decoded: "vae", pooled: "clip" }, large = ["flux", "t5-text", "t5", "vision"];

vi.mock("../../src/harness/executor.ts", async (original) => {
  const own = await original<typeof import("../../src/harness/executor.ts")>();
  async function executorFor(...options: Parameters<typeof own.executorFor>): Promise<Executor> {
    const executor = await own.executorFor(...options);
    return {
      name: executor.name,
      async compile(outputs, weights) {
        const program = await executor.compile(outputs, weights), model = Object.keys(outputs).map((name) => models[name]).find((name) => name !== undefined);
        if (model === undefined) return program;
        seen.loads[model] = (seen.loads[model] ?? 0) + 1;
        seen.held.push(model);
        if (large.includes(model)) seen.together.add([...new Set(seen.held.filter((name) => large.includes(name)))].join(" and "));
        return { ...program, release: () => (seen.held.splice(seen.held.indexOf(model), 1), program.release()) };
      },
    };
  }
  return { ...own, executorFor };
});

/** What was loaded since it was last asked. */
function loaded(): { readonly loads: Record<string, number>; readonly together: string[] } {
  const { loads, together } = seen, found = { loads, together: [...together].sort() };
  Object.assign(seen, { loads: {}, together: new Set() });
  return found;
}

const datasets = ".cache/micro/cobsat/datasets", root = mkdtempSync(join(tmpdir(), "windows-")), trained = join(root, "trained"), rate = async (): Promise<number> => 1e12;
const samplesOf = (folder: string): object => Object.fromEntries([...readSamples(folder)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, sample]) => [id, { ...sample, seconds: 0 }]));
const planned = ({ loads }: Plan): Record<string, number> => Object.fromEntries(loads.map(({ model, times }) => [model, times]));
/** Micro's models, which say what they are, with the windows of a tiny profile. */
const inMicro = ({ batch, generation, oneModelAtATime }: Profile): Profile => ({ ...microProfile, name: "tiny", batch, generation, oneModelAtATime: { waiting: (oneModelAtATime!.waiting * featureBytes(microProfile, 1)) / featureBytes(profile, 1) } });
let profile: Profile, asked: BenchCobsatOptions;

/** Goes on from the trained run in a copy of its folder. */
function start(name: string, options: Partial<BenchCobsatOptions> = {}): Promise<BenchCobsatResult> {
  cpSync(trained, join(root, name), { recursive: true, force: false });
  return benchCobsat({ ...asked, out: join(root, name), ...options });
}

beforeAll(async () => {
  await ensureBenchmark(datasets);
  profile = { ...tinyProfile(join(root, "models"), datasets), name: "tiny", batch: { texts: 2, images: 1 } };
  asked = { profile, shots: [2], tasks: ["Color-I", "Color-II", "Style-I"], samples: 1, threads: 1, continueWithOtherCode: true };
  await benchCobsat({ ...asked, out: trained, stage: "train" });
}, 120_000);
afterAll(() => rmSync(root, { recursive: true }));

it("puts neighbours together as far as there is room, and what is larger alone", () => {
  expect(neighbours([3, 3, 3, 9, 1, 6], (size) => size, 7)).toEqual([[3, 3], [3], [9], [1, 6]]);
  expect(neighbours([], () => 1, 7)).toEqual([]);
});

it("loads each model once a window, one after the other, as often as was planned, and draws the same", { timeout: 120_000 }, async () => {
  const whole = await start("whole");
  loaded();
  // 25 tokens of 12 numbers wait of each prompt: two of three blocks.
  const alone = { ...profile, oneModelAtATime: { waiting: 5000 } }, { folder } = await start("alone", { profile: alone }), { loads, together } = loaded();
  expect(samplesOf(folder)).toEqual(samplesOf(whole.folder));
  expect(loads).toEqual({ t5: 1, "t5-text": 2, clip: 2, flux: 2, vae: 2 });
  expect(together).toEqual(["flux", "t5", "t5-text"]);
  const { flux, vae, clip, "t5-text": states, t5 } = planned(await planRun({ ...asked, profile: inMicro(alone), out: join(root, "none") }, rate));
  expect({ t5: t5! - 1, "t5-text": states, clip, flux, vae }).toEqual(loads); // one more trains the aligner
});

it("keeps what is drawn when it is stopped within a window, and ends in the same records", { timeout: 120_000 }, async () => {
  const out = join(root, "stopped"), alone = { ...profile, oneModelAtATime: { waiting: 1e6 } }, stop = new AbortController(), watch = setInterval(() => { if (readDrawn(out).size >= 2) stop.abort(); }, 1);
  const { exitCode } = await start("stopped", { profile: alone, signal: stop.signal }).finally(() => clearInterval(watch)), drawn = readDrawn(out);
  expect([exitCode, drawn.size >= 2, drawn.size < 15]).toEqual([130, true, true]);
  loaded();
  await benchCobsat({ ...asked, profile: alone, out });
  expect([...drawn].map(([id, { image }]) => readSamples(out).get(id)!.image === image)).not.toContain(false);
  expect(samplesOf(out)).toEqual(samplesOf(join(root, "whole")));
  expect(loaded().loads["flux"]).toBe(1);
});

it("does so for compositions, too", { timeout: 120_000 }, async () => {
  const alone = { ...profile, oneModelAtATime: { waiting: 1e6 } }, options = { profile: alone, tasks: ["I", "2I"], samples: 1, arms: ["thinkdiff-clip", "true-caption"], threads: 1, continueWithOtherCode: true, out: join(root, "compose") };
  await benchCompose({ ...options, stage: "train" });
  loaded();
  const { summary } = await benchCompose(options), { loads, together } = loaded();
  expect([summary.complete, loads, together]).toEqual([true, { vision: 1, "t5-text": 1, clip: 2, flux: 1, vae: 1 }, ["flux", "t5-text", "vision"]]);
  const { vision, flux, vae, clip, "t5-text": states } = planned(await planCompose({ ...options, profile: inMicro(alone), out: join(root, "none") }, rate));
  // Two more read the training pictures, one more compares pictures.
  expect({ vision: vision! - 2, "t5-text": states, clip: clip! - 1, flux, vae }).toEqual(loads);
});
