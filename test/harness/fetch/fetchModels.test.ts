import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fetchModels, type FetchOptions } from "../../../src/harness/fetch/fetchModels.ts";
import type { PublishedModel } from "../../../src/harness/profiles/paperModels.ts";
import { openCheckpoint } from "../../../src/weights/checkpoint.ts";
import { snapshotFolder } from "../../../src/weights/hub/cache.ts";
import { hubOf, type Hub } from "../../../src/weights/hub/hub.ts";
import { writeSafetensors } from "../../../src/weights/safetensors.ts";
import { localHub, type LocalHub } from "../../weights/hub/localHub.ts";

const weights = { config: "", dtype: "F32" as const };
const sharded: PublishedModel = { repo: "owner/sharded", revision: "main", folder: "", files: ["config.json"], optional: ["generation_config.json"], tokenizer: "", weights: { ...weights, part: "vision." } };
const pipeline: PublishedModel = { repo: "owner/pipeline", revision: "main", folder: "transformer", files: ["config.json"], weights, gated: "https://hub/owner/pipeline" };
const scheduler: PublishedModel = { repo: "owner/pipeline", revision: "main", folder: "scheduler", files: ["scheduler_config.json"], gated: "https://hub/owner/pipeline" };

let home: string, server: LocalHub, hub: Hub, lines: string[], options: FetchOptions;
const tensors = (names: readonly string[]): Buffer => {
  const path = join(home, "t.safetensors");
  writeSafetensors(path, new Map(names.map((name) => [name, { dtype: "F32" as const, shape: [5000], data: new Float32Array(5000).fill(name.length) }])));
  return readFileSync(path);
};

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), "fetch-"));
  const index = { weight_map: { "vision.a": "model-00001-of-00002.safetensors", "text.b": "model-00002-of-00002.safetensors" } };
  server = await localHub({
    "owner/sharded": {
      "config.json": "{}", "tokenizer.json": "{\"a\": 1}", "README.md": "not needed", "model.safetensors.index.json": JSON.stringify(index),
      "model-00001-of-00002.safetensors": tensors(["vision.a"]), "model-00002-of-00002.safetensors": tensors(["text.b"]),
    },
    "owner/pipeline": { "transformer/config.json": "{ }", "transformer/diffusion_pytorch_model.safetensors": tensors(["w"]), "scheduler/scheduler_config.json": "{\"shift\": 3}", "flux1-dev.safetensors": tensors(["all"]) },
  });
  lines = [];
  hub = hubOf({ HF_HOME: home, HF_ENDPOINT: server.url }, { waits: [0.001, 0.001, 0.001] });
  options = { hub, tell: (line) => void lines.push(line) };
});
afterEach(async () => { await server.close(); rmSync(home, { recursive: true }); });

const files = (repo: string): string[] => readdirSync(snapshotFolder(repo, "main", hub.cache)!, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name)).sort();
const downloads = (): string[] => server.requests.filter((request) => request.includes("/resolve/"));

describe("fetchModels", () => {
  it("takes what the models need and nothing else, says how much beforehand, and asks for nothing twice", async () => {
    const fetched = await fetchModels([sharded, pipeline, scheduler], options);
    expect(fetched.map(({ repo, error }) => [repo, error])).toEqual([["owner/sharded", undefined], ["owner/pipeline", undefined]]);
    expect(files("owner/sharded")).toEqual(["config.json", "model-00001-of-00002.safetensors", "model.safetensors.index.json", "tokenizer.json"]);
    expect(files("owner/pipeline")).toEqual(["scheduler/scheduler_config.json", "transformer/config.json", "transformer/diffusion_pytorch_model.safetensors"]);
    expect(lines[0]).toMatch(/^owner\/sharded at [0-9a-f]{8}: 4 files, 0.0 MB; 0.0 MB to download$/);
    const folder = join(snapshotFolder("owner/pipeline", "main", hub.cache)!, "transformer");
    expect(lstatSync(join(folder, "config.json")).isSymbolicLink()).toBe(true);
    expect(openCheckpoint(folder).tensors.get("w")?.shape).toEqual([5000]);
    const before = downloads().length;
    await fetchModels([sharded, pipeline, scheduler], options);
    expect(downloads().length).toBe(before);
    expect(lines.at(-1)).toMatch(/^nothing to download/);
  });

  it("goes on where a connection was cut", async () => {
    let cuts = 0;
    server.fault = (request, response) => {
      if (!request.url!.endsWith("diffusion_pytorch_model.safetensors") || cuts++ > 0) return false;
      response.writeHead(200, { "Content-Length": 20_100 });
      response.write(tensors(["w"]).subarray(0, 7000), () => response.destroy());
      return true;
    };
    const [fetched] = await fetchModels([pipeline], options);
    expect(fetched!.error).toBeUndefined();
    expect(downloads().at(-1)).toMatch(/diffusion_pytorch_model.safetensors bytes=7000-$/);
    expect(openCheckpoint(join(snapshotFolder("owner/pipeline", "main", hub.cache)!, "transformer")).tensors.size).toBe(1);
  });

  it("gives up a connection that never brings a byte, and keeps what is there", async () => {
    server.fault = (request, response) => {
      if (!request.url!.endsWith("diffusion_pytorch_model.safetensors")) return false;
      const from = Number(/\d+/.exec(request.headers.range ?? "0")![0]);
      response.writeHead(from > 0 ? 206 : 200, { "Content-Range": `bytes ${from}-20079/20080` });
      if (from > 0) response.flushHeaders();
      if (from === 0) response.write(tensors(["w"]).subarray(0, 7000), () => response.destroy());
      else response.destroy();
      return true;
    };
    const [fetched] = await fetchModels([pipeline], options);
    expect(fetched!.error).toMatch(/breaks at byte 7000 of \d+, again and again|cannot be used/);
    expect(snapshotFolder("owner/pipeline", "main", hub.cache)).toBeUndefined();
  });

  it("throws wrong bytes away, and tells so where they stay wrong", async () => {
    const size = tensors(["w"]).length;
    server.fault = (request, response) => request.url!.endsWith("diffusion_pytorch_model.safetensors") && Boolean(response.writeHead(200).end(Buffer.alloc(size)));
    const [fetched] = await fetchModels([pipeline, scheduler], options);
    expect(fetched!.error).toMatch(/has hash [0-9a-f]{64}, expected [0-9a-f]{64}, twice; the bytes were thrown away/);
    expect(readdirSync(join(hub.cache, "models--owner--pipeline/blobs")).every((name) => /^[0-9a-f]{40}$/.test(name))).toBe(true);
  });

  it("refuses more bytes than announced", async () => {
    server.fault = (request, response) => request.url!.endsWith("scheduler_config.json") && Boolean(response.writeHead(200).end(Buffer.alloc(1000)));
    const [fetched] = await fetchModels([scheduler], options);
    expect(fetched!.error).toMatch(/sends more than the 12 bytes it announced/);
  });

  it.each([
    [401, {}, /owner\/pipeline: .* \(401\); it is gated: accept its terms at https:\/\/hub\/owner\/pipeline, make a token at .*, set HF_TOKEN/],
    [401, { HF_TOKEN: "hf_wrong" }, /does not take the token \(401\); it is gated/],
    [403, { HF_TOKEN: "hf_other" }, /refuses this account or its token \(403\); it is gated: accept its terms/],
    [429, {}, /answers 429 again and again; try later/],
    [503, {}, /answers 503 again and again; try later/],
  ])("explains %i and fetches the others", async (status, env, message) => {
    hub = hubOf({ HF_HOME: home, HF_ENDPOINT: server.url, ...env }, hub);
    server.fault = (request, response) => request.url!.startsWith("/owner/pipeline/") && Boolean(response.writeHead(status, { "Retry-After": "0" }).end("{}"));
    const fetched = await fetchModels([pipeline, sharded], { ...options, hub });
    expect(fetched.find(({ repo }) => repo === "owner/pipeline")!.error).toMatch(message);
    expect(fetched.find(({ repo }) => repo === "owner/sharded")!.error).toBeUndefined();
    if (status >= 429) expect(server.requests.filter((request) => request.startsWith("GET /owner/pipeline/")).length).toBe(4);
  });

  it("does not say that there is nothing to download where no repository can be listed", async () => {
    server.fault = (_, response) => Boolean(response.writeHead(503, { "Retry-After": "0" }).end());
    expect((await fetchModels([scheduler], { ...options, dryRun: true }))[0]!.error).toMatch(/answers 503/);
    expect(lines.filter((line) => line.includes("to download"))).toEqual([]);
  });

  it("does not follow a listing that is endless, nor take one of too many values", async () => {
    for (const page of [`[${"{},".repeat(400_000)}{}]`, `[${"[],".repeat(2 ** 19)}{}]`]) {
      server.fault = (request, response) => request.url!.includes("/tree/") && Boolean(response.writeHead(200, { "Content-Type": "application/json", Link: `<${server.url}${request.url}>; rel="next"` }).end(page));
      const [fetched] = await fetchModels([scheduler], options);
      expect(fetched!.error).toBe(`owner/pipeline: ${server.url} cannot be used (its answers have more than 1048576 values); check the network and HF_ENDPOINT, or set HF_HUB_OFFLINE=1 to use what is in the cache`);
    }
  });

  it("waits out a busy server", async () => {
    let busy = 0;
    server.fault = (_, response) => busy++ % 2 === 0 && Boolean(response.writeHead(busy % 4 === 1 ? 429 : 500, { "Retry-After": "0" }).end());
    expect((await fetchModels([scheduler], options))[0]!.error).toBeUndefined();
  });

  it("sends the token to its hub", async () => {
    const seen: unknown[] = [];
    server.fault = (request) => (seen.push(request.headers.authorization), false);
    await fetchModels([scheduler], { ...options, hub: { ...hub, token: "hf_mine" } });
    expect(new Set(seen)).toEqual(new Set(["Bearer hf_mine"]));
  });

  it("uses the cache alone offline, and names what it lacks", async () => {
    await fetchModels([scheduler], options);
    server.requests.length = 0;
    const offline = { ...options, hub: hubOf({ HF_HOME: home, HF_ENDPOINT: server.url, HF_HUB_OFFLINE: "1" }) };
    expect((await fetchModels([scheduler], offline))[0]!.error).toBeUndefined();
    expect((await fetchModels([pipeline, sharded], offline)).map(({ error }) => error)).toEqual([expect.stringContaining("has no transformer/config.json"), expect.stringContaining("does not hold its revision main, and HF_HUB_OFFLINE is set")]);
    expect(server.requests).toEqual([]);
  });

  it("hashes what is there when asked, and mends it", async () => {
    await fetchModels([scheduler], options);
    const path = join(snapshotFolder("owner/pipeline", "main", hub.cache)!, "scheduler/scheduler_config.json");
    writeFileSync(path, "{\"shift\": 4}");
    await fetchModels([scheduler], options);
    expect(readFileSync(path, "utf8")).toBe("{\"shift\": 4}");
    await fetchModels([scheduler], { ...options, rehash: true });
    expect(readFileSync(path, "utf8")).toBe("{\"shift\": 3}");
  });

  it.each(["../../../../escaped.json", "/etc/escaped", "a\\..\\b", "scheduler/./x"])("refuses a listing with the path %j", async (path) => {
    server.alter = (entry) => (entry.path === "flux1-dev.safetensors" ? { ...entry, path } : entry);
    expect((await fetchModels([scheduler], options))[0]!.error).toMatch(/is no path inside the repository; nothing of it was written/);
    expect(existsSync(hub.cache)).toBe(false);
  });

  it("names a repository that is not there, and a server that is not", async () => {
    expect((await fetchModels([{ ...scheduler, repo: "owner/none" }], options))[0]!.error).toMatch(/owner\/none: .* has no such repository.*\(404\)/);
    await server.close();
    expect((await fetchModels([scheduler], options))[0]!.error).toMatch(/cannot be used .*ECONNREFUSED.*HF_HUB_OFFLINE=1/);
    server = await localHub({});
  });
});
