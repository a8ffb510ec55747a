import type { IncomingMessage, ServerResponse } from "node:http";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { httpJudge, httpJudgeFrom } from "../../../src/cobsat/judge/httpJudge.ts";
import { faithfulOutcome, strictOutcome } from "../../../src/cobsat/judge/outcome.ts";
import { taskOf } from "../../../src/cobsat/tasks.ts";
import { localServer, type LocalServer } from "../../http/localServer.ts";

let server: LocalServer | undefined;
const folder = mkdtempSync(join(tmpdir(), "http-judge-"));
afterEach(async () => { await server?.close(); server = undefined; });

/** A vision server that answers by a function of the request's number and question. */
async function serve(answer: (n: number, question: string, response: ServerResponse, request: IncomingMessage) => void): Promise<string> {
  server = await localServer((n, _path, body, response, request) => answer(n, (body as { messages: { content: { text?: string }[] }[] }).messages[0]!.content[1]!.text!, response, request));
  return server.url;
}

const say = (response: ServerResponse, content: string): void => void response.end(JSON.stringify({ choices: [{ message: { content } }] }));
const { theme } = taskOf("Color-I"), picture = (shade: number) => ({ image: { width: 8, height: 8, data: new Uint8Array(192).fill(shade) }, theme });

it("asks both questions, waits and tries again where the server asks for it, keeps every reply, and asks for none twice", async () => {
  let most = 0, open = 0, key: string | undefined;
  const url = await serve((n, question, response, request) => {
    key = request.headers.authorization;
    if (n === 0) return void response.writeHead(429, { "retry-after": "0" }).end("slow down");
    if (n === 1) return void response.writeHead(503).end();
    most = Math.max(most, ++open);
    setTimeout(() => { open--; say(response, question.includes("main object does") ? "5" : "(3) red"); }, 5);
  });
  const judge = httpJudge({ url, model: "m", key: "secret", concurrency: 2, firstWaitMs: 1, folder }), items = [picture(0), picture(1), picture(2)];
  const judged = await judge.judge(items);
  expect(judged.map(({ detail, object }) => [detail.value, object.value])).toEqual(Array(3).fill(["red", "car"]));
  expect([most, key, judge.identity]).toEqual([2, "Bearer secret", `m at ${url}`]);
  const kept = readFileSync(join(folder, "replies.jsonl"), "utf8");
  expect([kept.split("\n").length - 1, kept.includes("secret")]).toEqual([6, false]);
  await server!.close();
  server = undefined;
  expect(await httpJudge({ url, model: "m", folder }).judge(items)).toEqual(judged); // the server is gone
  rmSync(folder, { recursive: true });
});

it("tells in one line a server that refuses, does not answer in time, or is not there", async () => {
  let url = await serve((_n, _question, response) => void response.writeHead(401).end("no key"));
  await expect(httpJudge({ url, model: "m", firstWaitMs: 1 }).judge([picture(0)])).rejects.toThrow(/the judge m cannot be asked \(status 401, no key\)/);
  await server!.close();
  await expect(httpJudge({ url, model: "m", firstWaitMs: 1, attempts: 2 }).judge([picture(0)])).rejects.toThrow(/ECONNREFUSED.*2 attempts/);
  url = await serve(() => {});
  await expect(httpJudge({ url, model: "m", timeoutMs: 20, attempts: 1 }).judge([picture(0)])).rejects.toThrow(/no answer within 0\.02 s/);
});

it("scores an unclear reply as published and strictly, side by side", async () => {
  const url = await serve((_n, question, response) => say(response, question.includes("main object does") ? "I cannot tell" : "1 or 0"));
  const [judged] = await httpJudge({ url, model: "m" }).judge([picture(0)]), task = taskOf("Color-I"), expected = { theme, detail: "black", object: "car" };
  expect(judged!.detail.value).toBeUndefined();
  expect(strictOutcome(task, expected, judged!)).toMatchObject({ outcome: "invalid" });
  expect(faithfulOutcome(task, expected, judged!)).toEqual({ outcome: "wrong", missed: "inferred" });
});

it("reads its settings from the environment", () => {
  expect(httpJudgeFrom({})).toBeUndefined();
  expect(httpJudgeFrom({ THINKDIFF_JUDGE_URL: "http://x/v1/", THINKDIFF_JUDGE_MODEL: "m" })).toEqual({ url: "http://x/v1", model: "m", key: undefined });
  expect(() => httpJudgeFrom({ THINKDIFF_JUDGE_URL: "http://x/v1" })).toThrow("THINKDIFF_JUDGE_MODEL");
});
