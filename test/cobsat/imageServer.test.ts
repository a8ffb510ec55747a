import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { imageServer, imageServerFrom, imageServerIdentity } from "../../src/cobsat/imageServer.ts";
import { localServer, type LocalServer } from "../http/localServer.ts";

let server: LocalServer | undefined;
const folder = mkdtempSync(join(tmpdir(), "image-server-"));
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const give = (response: import("node:http").ServerResponse, bytes: string): void => void response.end(JSON.stringify({ data: [{ b64_json: Buffer.from(bytes).toString("base64") }] }));
const orders = ["a cat", "a dog", "a forbidden thing", "a cup"].map((prompt, seed) => ({ prompt, seed }));

it("draws several at once, tries again where it may help, keeps every answer, and asks for none twice", async () => {
  let most = 0, open = 0, key: string | undefined;
  const bodies: unknown[] = [];
  server = await localServer((n, path, body, response, request) => {
    if (path.endsWith("/picture")) return void response.end(request.headers.authorization ?? "by address, without the key");
    key = request.headers.authorization;
    if (n === 0) return void response.writeHead(429, { "retry-after": "0" }).end("slow down");
    if (n === 1) return void response.writeHead(502).end();
    bodies.push(body);
    const { prompt } = body as { prompt: string };
    if (prompt.includes("forbidden")) return void response.writeHead(400).end("rejected by the safety system");
    most = Math.max(most, ++open);
    setTimeout(() => {
      open--;
      if (prompt === "a cup") response.end(JSON.stringify({ data: [{ url: `${server!.url}/picture` }] }));
      else give(response, `picture of ${prompt}`);
    }, 5);
  });
  const options = { url: server.url, model: "flux", size: "512x512", folder }, drawn = await imageServer({ ...options, key: "secret", concurrency: 2, firstWaitMs: 1 }).draw(orders);
  expect(drawn.map((served) => ("refused" in served ? served.refused : Buffer.from(served.bytes).toString()))).toEqual([
    "picture of a cat", "picture of a dog", "the server would not draw: status 400, rejected by the safety system", "by address, without the key",
  ]);
  expect([most, key]).toEqual([2, "Bearer secret"]);
  expect(bodies).toContainEqual({ model: "flux", prompt: "a dog", n: 1, size: "512x512", seed: 1, response_format: "b64_json" });
  const kept = readFileSync(join(folder, "replies.jsonl"), "utf8");
  expect([kept.split("\n").length - 1, kept.includes("secret")]).toEqual([4, false]);
  await server.close();
  server = undefined;
  expect(await imageServer(options).draw(orders)).toEqual(drawn); // the server is gone
  rmSync(folder, { recursive: true });
});

it("tells in one line a server that refuses the key, answers with something else, or does not answer in time", async () => {
  server = await localServer((_n, _path, _body, response) => void response.writeHead(401).end("no key"));
  const options = { url: server.url, model: "flux", size: "8x8", firstWaitMs: 1 };
  await expect(imageServer(options).draw(orders)).rejects.toThrow(/the image model flux cannot be asked \(status 401, no key\); see to the server, THINKDIFF_IMAGES_URL/);
  await server.close();
  server = await localServer((_n, _path, _body, response) => void response.end("[]"));
  await expect(imageServer({ ...options, url: server.url }).draw(orders)).rejects.toThrow("its answer holds no image");
  await server.close();
  server = await localServer((_n, _path, _body, response) => void response.end(`{"data": [${"{},".repeat(2 ** 19)}{}]}`));
  await expect(imageServer({ ...options, url: server.url }).draw(orders)).rejects.toThrow(`${server.url}: the image model flux cannot be asked (its answer has more than 1048576 values); see to the server`);
  await server.close();
  server = await localServer((_n, _path, _body, response) => void response.end(JSON.stringify({ data: [{ url: `http://${"x".repeat(2 ** 20)}` }] })));
  await expect(imageServer({ ...options, url: server.url }).draw(orders)).rejects.toThrow("its answer holds no image");
  await server.close();
  server = await localServer(() => {});
  await expect(imageServer({ ...options, url: server.url, timeoutMs: 20, attempts: 2 }).draw(orders)).rejects.toThrow(/no answer within 0\.02 s, 2 attempts/);
});

it("ends at a request that an images API cannot take, and keeps no word of it", async () => {
  const places = mkdtempSync(join(tmpdir(), "images-400-")), one = [{ prompt: "a safety helmet", seed: 0 }];
  let said: object = { detail: [{ type: "value_error", input: { prompt: "a safety helmet" } }] };
  server = await localServer((n, _path, _body, response) => (n < 2 ? void response.writeHead(n === 0 ? 422 : 400).end(JSON.stringify(said)) : give(response, "the picture")));
  const draw = () => imageServer({ url: server!.url, model: "m", size: "8x8", folder: places }).draw(one);
  await expect(draw()).rejects.toThrow(/the image model m cannot be asked \(status 422, .*value_error/);
  said = { error: { message: "Invalid value: '8x8'. Supported values are: '1024x1024'.", param: "size" } };
  await expect(draw()).rejects.toThrow(/status 400, .*Supported values are: '1024x1024'/);
  expect(readdirSync(places)).toEqual([]);
  expect(await draw()).toEqual([{ bytes: Buffer.from("the picture") }]);
  rmSync(places, { recursive: true });
});

it("asks an images API again without what its model does not know, remembers that, and says it once", async () => {
  const sent: string[][] = [], told: string[] = [];
  server = await localServer((_n, _path, body, response) => {
    const names = Object.keys(body as object), strange = names.find((name) => name === "seed" || name === "response_format");
    sent.push(names);
    if (strange === undefined) give(response, "the picture");
    else response.writeHead(400).end(JSON.stringify(strange === "seed" ? { error: { message: "Unknown parameter: 'seed'.", param: "seed", code: "unknown_parameter" } } : { detail: [{ loc: ["body", "response_format"], msg: "Extra inputs are not permitted" }] }));
  });
  await imageServer({ url: server.url, model: "m", size: "8x8", concurrency: 1, tell: (line) => void told.push(line) }).draw(orders);
  expect(sent.map((names) => names.length)).toEqual([6, 5, 4, 4, 4, 4]);
  expect(told).toEqual([expect.stringMatching(/does not take seed \(status 400, .*it is asked without seed from now on$/), expect.stringContaining("does not take response_format")]);
});

/** A server that draws as FLUX's makers do: what each path says, tick by tick. */
const fluxServer = (states: readonly string[], asked: { path: string; key: unknown; body: unknown }[] = []): Promise<LocalServer> => {
  let looks = 0;
  return localServer((_n, path, body, response, { headers }) => {
    asked.push({ path, key: headers["x-key"], body });
    const here = server!.url, say = (json: object): void => void response.end(JSON.stringify(json));
    if (path === "/v1/flux-dev") return say({ id: "7", polling_url: `${here}/get_result?id=7` });
    if (path === "/v1/sample.png") return void response.end("the picture");
    const status = states[Math.min(looks++, states.length - 1)]!;
    say({ id: "7", status, result: status === "Ready" ? { sample: `${here}/sample.png` } : null });
  });
};

it("asks a FLUX API for a picture, looks until it is ready, and takes it from where it lies, the key shown to the server alone", async () => {
  const asked: { path: string; key: unknown; body: unknown }[] = [], places = mkdtempSync(join(tmpdir(), "flux-server-"));
  server = await fluxServer(["Pending", "Pending", "Ready"], asked);
  const options = { api: "flux", url: server.url, model: "flux-dev", size: "512x256", key: "secret", pollMs: 1, folder: places } as const;
  const drawn = await imageServer(options).draw(orders.slice(0, 1));
  expect(drawn.map((served) => ("bytes" in served ? Buffer.from(served.bytes).toString() : served))).toEqual(["the picture"]);
  expect(asked.map(({ path, key }) => [path, key])).toEqual([["/v1/flux-dev", "secret"], ...[1, 2, 3].map(() => ["/v1/get_result?id=7", "secret"]), ["/v1/sample.png", undefined]]);
  expect(asked[0]!.body).toEqual({ prompt: "a cat", width: 512, height: 256, seed: 0, output_format: "png" });
  expect(await imageServer(options).draw(orders.slice(0, 1))).toEqual(drawn);
  expect(asked.length).toBe(5); // kept
  rmSync(places, { recursive: true });
});

it("tells a picture that a FLUX API will not draw from one that fails, never comes, or would send the key elsewhere", async () => {
  const options = { api: "flux", model: "flux-dev", size: "64x64", pollMs: 1, firstWaitMs: 1, key: "secret" } as const, one = orders.slice(0, 1);
  const drawn = async (states: readonly string[], more = {}): Promise<unknown> => {
    await server?.close();
    server = await fluxServer(states);
    return imageServer({ ...options, url: server.url, ...more }).draw(one);
  };
  expect(await drawn(["Content Moderated"])).toEqual([{ refused: "the server would not draw: state Content Moderated" }]);
  await expect(drawn(["Pending", "Error"])).rejects.toThrow(/the image model flux-dev cannot be asked \(the picture came to the state Error\)/);
  await expect(drawn(["Pending"], { pollTimeoutMs: 300 })).rejects.toThrow(/not ready after 0\.3 s, last state: (Pending|no answer)/);
  await server!.close();
  server = await localServer((_n, _path, _body, response) => void response.writeHead(422).end("no such size"));
  await expect(imageServer({ ...options, url: server.url }).draw(one)).rejects.toThrow("status 422, no such size");
  await server.close();
  const keys: unknown[] = [], other = await localServer((_n, _path, _body, response, { headers }) => (keys.push(headers["x-key"]), void response.end(JSON.stringify({ status: "Error" }))));
  server = await localServer((_n, _path, _body, response) => void response.end(JSON.stringify({ polling_url: other.url.replace("127.0.0.1", "localhost") })));
  await expect(imageServer({ ...options, url: server.url }).draw(one)).rejects.toThrow("state Error");
  expect(keys).toEqual([undefined]);
  await other.close();
});

describe("a picture under way on a FLUX API when its asker was killed", () => {
  const places = mkdtempSync(join(tmpdir(), "flux-under-way-")), asked: string[] = [];
  let say: (path: string) => object = () => ({});
  afterAll(() => rmSync(places, { recursive: true }));

  /** Another process that asks for one picture, killed by SIGKILL at its first look. */
  async function killed(folder: string): Promise<void> {
    const code = `import { imageServer } from ${JSON.stringify(join(import.meta.dirname, "../../src/cobsat/imageServer.ts"))};
      await imageServer({ api: "flux", url: ${JSON.stringify(server!.url)}, model: "flux-dev", size: "64x64", pollMs: 1, folder: ${JSON.stringify(folder)} }).draw([{ prompt: "a cat", seed: 0 }]);`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], { stdio: "inherit" }), ended = new Promise((done) => child.once("exit", done));
    say = (path) => (path.startsWith("/v1/get_result") ? (child.kill("SIGKILL"), { status: "Pending" }) : { polling_url: `${server!.url}/get_result?id=${asked.length}` });
    await ended;
    expect(child.signalCode).toBe("SIGKILL");
  }

  it.each([
    ["is waited for, not asked for again", { status: "Ready" }, ["/v1/get_result?id=1", "/v1/sample.png"], []],
    ["is asked for again, aloud, where it has failed since", { status: "Error" }, ["/v1/get_result?id=1", "/v1/flux-dev", "/v1/get_result?id=4", "/v1/sample.png"], [/"a cat" that was under way there is lost \(the picture came to the state Error\); it is asked for, and paid for, once more$/]],
    ["... or is not known any more", { status: "Task not found" }, ["/v1/get_result?id=1", "/v1/flux-dev", "/v1/get_result?id=4", "/v1/sample.png"], [/state Task not found/]],
  ])("of a killed asker %s", async (name, state, paths, told) => {
    const folder = join(places, name), heard: string[] = [];
    asked.length = 0;
    server = await localServer((_n, path, _body, response) => {
      asked.push(path);
      response.end(path.endsWith("/sample.png") ? "the picture" : JSON.stringify(say(path)));
    });
    await killed(folder);
    expect(asked).toEqual(["/v1/flux-dev", "/v1/get_result?id=1"]);
    const ready = { status: "Ready", result: { sample: `${server.url}/sample.png` } };
    say = (path) => (path === "/v1/flux-dev" ? { polling_url: `${server!.url}/get_result?id=${asked.length}` } : path.endsWith("id=1") && state.status !== "Ready" ? state : ready);
    const options = { api: "flux", url: server.url, model: "flux-dev", size: "64x64", pollMs: 1, firstWaitMs: 1, folder, tell: (line: string) => void heard.push(line) } as const;
    const draw = async (): Promise<string[]> => (await imageServer(options).draw([{ prompt: "a cat", seed: 0 }])).map((served) => ("bytes" in served ? Buffer.from(served.bytes).toString() : served.refused));
    expect(await draw()).toEqual(["the picture"]);
    expect(asked.slice(2)).toEqual(paths);
    expect(heard.length).toBe(told.length);
    for (const [i, line] of told.entries()) expect(heard[i]).toMatch(line);
    expect(await draw()).toEqual(["the picture"]);
    expect(asked.length).toBe(2 + paths.length); // kept
  }, 60_000);
});

it("reads its settings from the environment", () => {
  expect(imageServerFrom({})).toBeUndefined();
  const settings = imageServerFrom({ THINKDIFF_IMAGES_URL: "http://x/v1/", THINKDIFF_IMAGES_MODEL: "m" })!;
  expect(imageServerIdentity(settings)).toBe("m at http://x/v1, 512x512");
  expect(imageServerIdentity(imageServerFrom({ THINKDIFF_IMAGES_URL: "http://x/v1", THINKDIFF_IMAGES_MODEL: "m", THINKDIFF_IMAGES_API: "flux" })!)).toBe("m at http://x/v1, 512x512, API flux");
  expect(() => imageServerFrom({ THINKDIFF_IMAGES_URL: "http://x/v1", THINKDIFF_IMAGES_MODEL: "m", THINKDIFF_IMAGES_API: "other" })).toThrow("expected one of openai, flux");
  expect(() => imageServerFrom({ THINKDIFF_IMAGES_URL: "http://x/v1" })).toThrow("THINKDIFF_IMAGES_MODEL");
  expect(() => imageServerFrom({ THINKDIFF_IMAGES_URL: "http://x/v1", THINKDIFF_IMAGES_MODEL: "m", THINKDIFF_IMAGES_SIZE: "big" })).toThrow("THINKDIFF_IMAGES_SIZE");
});
