import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { decodeImage } from "../../../src/images/image.ts";
import { benchCobsat, type BenchCobsatResult } from "../../../src/harness/benchCobsat/benchCobsat.ts";
import { benchCompose } from "../../../src/harness/benchCompose/benchCompose.ts";
import { compose } from "../../../src/harness/compose/compose.ts";
import { executorFor } from "../../../src/harness/executor.ts";
import { readComposeRecords } from "../../../src/harness/benchCompose/summary.ts";
import type { BenchCobsatOptions } from "../../../src/harness/benchCobsat/options.ts";
import type { Profile } from "../../../src/harness/profile.ts";
import { fetchModels, type FetchedRepository } from "../../../src/harness/fetch/fetchModels.ts";
import { paperModels, type PaperPart } from "../../../src/harness/profiles/paperModels.ts";
import { paperProfile } from "../../../src/harness/profiles/paper.ts";
import { evaVitPart } from "../../../src/models/evaVit/config.ts";
import { readSamples } from "../../../src/harness/runs/samples.ts";
import { imageFile } from "../../../src/harness/runs/images.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { ensureBenchmark } from "../../../src/micro/benchmark.ts";
import { writeTar } from "../../files/writeTar.ts";
import { openCheckpoint } from "../../../src/weights/checkpoint.ts";
import { hubOf } from "../../../src/weights/hub/hub.ts";
import { localHub, type LocalHub } from "../../weights/hub/localHub.ts";
import { publishedRepositories } from "./publishedFolders.ts";

const datasets = ".cache/micro/cobsat/datasets", root = mkdtempSync(join(tmpdir(), "rehearsal-")), out = join(root, "run");
let profile: Profile, hub: LocalHub, fetched: readonly FetchedRepository[];

/** The paper's profile as a user gets it, its training (in parts) and texts cut short. */
const start = (options: Partial<BenchCobsatOptions> = {}): Promise<BenchCobsatResult> =>
  benchCobsat({ profile, shots: [2], tasks: ["Color-I"], samples: 1, steps: 2, threads: 1, continueWithOtherCode: true, out, arms: ["thinkdiff-lvlm", "text-bridge", "true-caption", "real-image", "decoder-text", "lvlm-text"], ...options });

beforeAll(async () => {
  await ensureBenchmark(datasets);
  hub = await localHub(publishedRepositories(root));
  vi.stubEnv("HF_HOME", join(root, "huggingface"));
  vi.stubEnv("HF_ENDPOINT", hub.url);
  fetched = await fetchModels((Object.keys(paperModels) as PaperPart[]).map((part) => paperModels[part]), { hub: hubOf(), tell: () => {} });
  mkdirSync(join(root, "pictures"));
  writeTar(join(root, "pictures/00000.tar"), ["red", "blue", "green", "black"].flatMap((color) => [{ name: `${color}.jpg`, data: readFileSync(join(datasets, `color_car/${color}_car.jpg`)) }, { name: `${color}.txt`, data: Buffer.from(`a ${color} car on the street`) }]));
  for (const [name, images, text] of [["one", ["red_car"], ""], ["two", ["red_car", "blue_car"], "at the beach"]] as const) {
    mkdirSync(join(root, "compose", name), { recursive: true });
    images.forEach((image, i) => copyFileSync(join(datasets, `color_car/${image}.jpg`), join(root, "compose", name, `${i}.jpg`)));
    if (text !== "") writeFileSync(join(root, "compose", name, "text.txt"), text);
  }
  const paper = paperProfile({ datasets, pictures: join(root, "pictures"), cases: join(root, "compose") });
  expect([paper.sampler.steps, paper.sampler.guidance.scale, paper.imageSize, paper.clipAligner.imageSize, paper.clipAligner.textTokens, paper.textTokens, paper.generation.maxNewTokens, paper.aligner.recipe!.maxNewTokens, paper.aligner.experiment.steps, paper.aligner.atOnce, paper.clipAligner.atOnce]).toEqual([28, 3.5, 512, 1024, 128, 512, 128, 64, 25_000, 24, 12]);
  profile = {
    ...paper, cache: join(root, "cache"), batch: { texts: 2, images: 1 }, generation: { ...paper.generation, maxNewTokens: 4 }, decoderTokens: 4,
    clipAligner: { ...paper.clipAligner, imageSize: 256, atOnce: 1, experiment: { ...paper.clipAligner.experiment, steps: 2, batch: 2 } },
    aligner: { ...paper.aligner, atOnce: 1, experiment: { ...paper.aligner.experiment, steps: 2, batch: 2 }, recipe: { ...paper.aligner.recipe!, maxNewTokens: 6 } },
  };
}, 120_000);
afterAll(async () => {
  await hub.close();
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

it("fetches every repository of the profile from a hub", () => {
  expect(fetched.filter(({ error, files, downloadedBytes, bytes }) => error !== undefined || files === 0 || downloadedBytes > bytes)).toEqual([]);
  expect(fetched.map(({ repo }) => repo).sort()).toEqual(["Qwen/Qwen2-VL-7B-Instruct", "Salesforce/blip2-flan-t5-xxl", "black-forest-labs/FLUX.1-dev", "google/flan-t5-xxl", "llava-hf/llava-1.5-13b-hf", "openai/clip-vit-base-patch32"]);
  expect(hub.requests.some((request) => request.includes("README"))).toBe(false);
  const held = (role: string, folder: string): string => {
    const { files, tensors } = openCheckpoint(folder, role === "vision" ? evaVitPart : undefined);
    return [...files.map(({ path }) => basename(path)), ...new Set([...tensors.values()].map(({ dtype }) => dtype))].join(" ");
  };
  expect(Object.fromEntries(Object.entries(profile.models).map(([role, folder]) => [role, held(role, folder)]))).toEqual({
    lvlm: "model-00001-of-00002.safetensors model-00002-of-00002.safetensors BF16",
    vision: "model-00001-of-00003.safetensors model-00002-of-00003.safetensors F32",
    t5: "pytorch_model-00001-of-00002.bin pytorch_model-00002-of-00002.bin F32",
    "t5-text": "model-00001-of-00002.safetensors model-00002-of-00002.safetensors BF16",
    flux: "diffusion_pytorch_model-00001-of-00002.safetensors diffusion_pytorch_model-00002-of-00002.safetensors BF16",
    vae: "diffusion_pytorch_model.safetensors F32",
    clip: "model.safetensors I64 F16",
    judge: "model-00001-of-00002.safetensors model-00002-of-00002.safetensors F16",
    "judge-2": "pytorch_model.bin F32 I64",
  });
});

it("runs the whole paper path over what was fetched, stage by stage into one run folder", async () => {
  await start({ stage: "features" });
  expect([...readSamples(out).keys()]).toEqual(["lvlm-text/2/Color-I/0"]);
  await start({ stage: "train" });
  const drawn = await start({ stage: "generate" });
  expect([...readSamples(out).keys()].sort()).toEqual(["decoder-text/2/Color-I/0", "lvlm-text/2/Color-I/0"]);
  expect(drawn.summary.training).toMatchObject([{ arm: "thinkdiff-lvlm", steps: 2 }]);
  const { summary, exitCode } = await start();
  expect([summary.profile, summary.complete, [0, 3].includes(exitCode)]).toEqual(["paper", true, true]);
  const { image, replies, faithful, also } = readSamples(out).get("thinkdiff-lvlm/2/Color-I/0")!;
  expect([typeof replies?.detail, typeof faithful, Object.keys(also ?? {})]).toEqual(["string", "boolean", ["clip-vit-b-32"]]);
  expect(await decodeImage(imageFile(out, image!))).toMatchObject({ width: 512, height: 512 });
  expect((await verifyRun(out)).checks.flatMap(({ faults }) => faults)).toEqual([]);
}, 180_000);

it("runs ThinkDiff-CLIP's path over it as well: trained on captions, scored on own cases by similarity alone, stage by stage", async () => {
  const folder = join(root, "compose run"), go = (stage?: "features" | "train" | "generate") =>
    benchCompose({ profile, samples: 2, steps: 1, threads: 1, continueWithOtherCode: true, out: folder, tasks: ["2I+T"], arms: ["thinkdiff-clip", "text-bridge", "copy-input"], ...(stage ? { stage } : {}) });
  for (const stage of ["features", "train", "generate"] as const) expect((await go(stage)).summary.finished).toBe(0);
  const { summary, exitCode } = await go();
  expect([summary.profile, summary.complete, exitCode, summary.training.map(({ arm, steps }) => [arm, steps])]).toEqual(["paper", true, 0, [["thinkdiff-clip", 2]]]);
  expect(summary.measured!.map(({ arm, n, cases, text }) => [arm, n, cases, text !== null])).toEqual([["thinkdiff-clip", 3, 1, true], ["text-bridge", 3, 1, true], ["copy-input", 1, 1, true]]);
  const { record, samples } = readComposeRecords(folder);
  expect(Object.keys(record.identity.weights).some((name) => name.startsWith("judge/"))).toBe(false);
  expect(await decodeImage(imageFile(folder, samples.find(({ id }) => id === "thinkdiff-clip/2/2I+T/0")!.image!))).toMatchObject({ width: 256, height: 256 });
  expect((await verifyRun(folder)).checks.flatMap(({ faults }) => faults)).toEqual([]);
  const images = ["0.jpg", "1.jpg"].map((name) => join(root, "compose/two", name)), executor = await executorFor({ threads: 1 });
  expect(await compose({ executor, profile, images, text: "at the beach", out: join(root, "composed.png"), steps: 1, guidance: 5 })).toMatchObject({ width: 256, height: 256, guidance: 5 });
}, 180_000);

it("names what is missing and how to get it, before anything runs", async () => {
  await expect(start({ profile: { ...paperProfile({ datasets, pictures: join(root, "none") }), cache: join(root, "other cache") }, out: join(root, "no pictures") })).rejects.toThrow(/none: no such file or folder; put the pictures/);
  await expect(start({ profile: paperProfile({ models: join(root, "none"), datasets }), out: join(root, "no models") })).rejects.toThrow(/Qwen2-VL-7B-Instruct.*no such folder; put Qwen\/Qwen2-VL-7B-Instruct there/);
  vi.stubEnv("HF_HUB_CACHE", join(root, "empty"));
  await expect(start({ profile: paperProfile({ datasets }), out: join(root, "empty cache") })).rejects.toThrow(/npm run fetch -- paper/);
});
