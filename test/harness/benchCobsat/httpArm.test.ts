import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { benchCobsat, type BenchCobsatResult } from "../../../src/harness/benchCobsat/benchCobsat.ts";
import type { BenchCobsatOptions } from "../../../src/harness/benchCobsat/options.ts";
import type { Profile } from "../../../src/harness/profile.ts";
import { requireRecord } from "../../../src/harness/runs/record.ts";
import { readSamples } from "../../../src/harness/runs/samples.ts";
import { verifyRun } from "../../../src/harness/verify.ts";
import { encodePng } from "../../../src/images/image.ts";
import { ensureBenchmark } from "../../../src/micro/benchmark.ts";
import { localServer, type LocalServer } from "../../http/localServer.ts";
import { tinyProfile } from "./tinyProfile.ts";

const datasets = ".cache/micro/cobsat/datasets", root = mkdtempSync(join(tmpdir(), "http-arm-")), out = join(root, "run"), asked: { prompt: string; seed: number }[] = [];
let profile: Profile, server: LocalServer;

beforeAll(async () => {
  await ensureBenchmark(datasets);
  // Of the models, only those that read and judge are needed.
  const tiny = tinyProfile(root, datasets);
  profile = { ...tiny, batch: { texts: 2, images: 1 }, models: { ...tiny.models, flux: join(root, "no flux"), vae: join(root, "no vae"), t5: join(root, "no t5"), "t5-text": join(root, "no t5") } };
  server = await localServer((_n, _path, body, response) => {
    asked.push(body as { prompt: string; seed: number });
    if (asked.length === 2) return void response.writeHead(400).end("against our policy");
    void encodePng(new Uint8Array(32 * 32 * 3).fill(asked.length), 32, 32).then((png) => response.end(JSON.stringify({ data: [{ b64_json: Buffer.from(png).toString("base64") }] })));
  });
  vi.stubEnv("THINKDIFF_IMAGES_URL", server.url);
  vi.stubEnv("THINKDIFF_IMAGES_MODEL", "flux-like");
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  rmSync(root, { recursive: true });
});

const start = (options: Partial<BenchCobsatOptions> = {}): Promise<BenchCobsatResult> =>
  benchCobsat({ profile, shots: [2], tasks: ["Color-I"], samples: 2, threads: 1, arms: ["http", "lvlm-text"], continueWithOtherCode: true, out, ...options });

it("asks for nothing before its cost is known and confirmed", async () => {
  await expect(start()).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("--price-per-image") as unknown });
  await expect(start({ prices: { image: 0.5 } })).rejects.toMatchObject({ exitCode: 2, message: expect.stringMatching(/up to 2 pictures at 0\.5: 1\.00 in all.*--yes/) as unknown });
  const estimates: string[] = [];
  await expect(start({ prices: { image: 0.5 }, confirm: async (estimate) => (estimates.push(estimate), false) })).rejects.toThrow("nothing was asked");
  expect([estimates.length, asked.length, existsSync(out)]).toEqual([1, 0, false]);
  vi.stubEnv("THINKDIFF_IMAGES_URL", "");
  await expect(start({ yes: true })).rejects.toThrow("set THINKDIFF_IMAGES_URL");
  vi.stubEnv("THINKDIFF_IMAGES_URL", server.url);
});

it("draws the LVLM's texts by the server, scores them beside the other arms, and tells a refusal as an invalid sample", async () => {
  const { exitCode, summary } = await start({ prices: { image: 0.5 }, yes: true }), samples = readSamples(out);
  expect([exitCode, summary.complete, asked.length]).toEqual([3, true, 2]);
  const [own, other] = [samples.get("http/2/Color-I/0")!, samples.get("http/2/Color-I/1")!], refused = own.image === undefined ? own : other, drawn = refused === own ? other : own;
  expect(refused).toMatchObject({ outcome: "invalid", reason: "no image: the server would not draw: status 400, against our policy" });
  expect(drawn.judged).toBeDefined();
  expect(asked.map(({ prompt }) => prompt).sort()).toEqual([0, 1].map((i) => samples.get(`lvlm-text/2/Color-I/${i}`)!.text!).sort());
  expect(new Set(asked.map(({ seed }) => seed)).size).toBe(2);
  expect(requireRecord(out).identity.settings["imageServer"]).toBe(`flux-like at ${server.url}, 512x512`);
  expect((await verifyRun(out)).checks.flatMap(({ faults }) => faults)).toEqual([]);
  expect((await start({ prices: { image: 0.5 } })).exitCode).toBe(3); // finished: nothing is left to pay for
  expect(asked.length).toBe(2);
});
