import type { IncomingMessage, ServerResponse } from "node:http";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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

it("takes no answer of endless values or words: one line names the server, it is not asked again, and replies received are kept", async () => {
  const kept = mkdtempSync(join(tmpdir(), "hostile-judge-")), hostile = [`[${"[],".repeat(2 ** 19)}1]`, JSON.stringify({ choices: [{ message: { content: "9".repeat(2 ** 17) } }] })];
  let asked = 0, answer: string | undefined;
  const url = await serve((_n, question, response) => { asked++; if (question.includes("main object does") || answer === undefined) say(response, "5"); else response.end(answer); });
  const judge = () => httpJudge({ url, model: "m", folder: kept, concurrency: 1 }).judge([picture(0), picture(1)]);
  await httpJudge({ url, model: "m", folder: kept }).judge([picture(0)]);
  for (const [i, message] of ["its answer has more than 1048576 values", "its answer has 131072 characters, more than 65536"].entries()) {
    answer = hostile[i];
    await expect(judge()).rejects.toThrow(`${url}: the judge m cannot be asked (${message}); see to the server`);
  }
  answer = undefined;
  expect([(await judge()).length, asked]).toEqual([2, 6]);
  writeFileSync(join(kept, "replies.jsonl"), `{"request": 1}\n`);
  expect(judge).toThrow(/replies\.jsonl: line 1: .*expected string.*; mend or remove that line$/);
  rmSync(kept, { recursive: true });
});

it("scores an unclear reply as published and strictly, side by side", async () => {
  const url = await serve((_n, question, response) => say(response, question.includes("main object does") ? "I cannot tell" : "1 or 0"));
  const [judged] = await httpJudge({ url, model: "m" }).judge([picture(0)]), task = taskOf("Color-I"), expected = { theme, detail: "black", object: "car" };
  expect(judged!.detail.value).toBeUndefined();
  expect(strictOutcome(task, expected, judged!)).toMatchObject({ outcome: "invalid" });
  expect(faithfulOutcome(task, expected, judged!)).toEqual({ outcome: "wrong", missed: "inferred" });
});

it("makes a picture that the server refuses an invalid sample, kept and not asked for again; another refusal ends the work and is kept nowhere", async () => {
  const kept = mkdtempSync(join(tmpdir(), "refusing-judge-")), task = taskOf("Color-I"), expected = { theme, detail: "red", object: "car" };
  let asked = 0, status = 400, words = "Invalid image data";
  const url = await serve((_n, question, response) => { asked++; if (question.includes("main object does")) say(response, "5"); else response.writeHead(status).end(words); });
  const judge = () => httpJudge({ url, model: "m", folder: kept, concurrency: 1 }).judge([picture(0)]);
  await expect(judge()).rejects.toThrow(/the judge m cannot be asked \(status 400, Invalid image data\)/);
  [status, words] = [422, "against our content policy"];
  const [judged] = await judge();
  expect(strictOutcome(task, expected, judged!)).toEqual({ outcome: "invalid", reason: "detail: the judge would not answer: status 422, against our content policy" });
  expect(faithfulOutcome(task, expected, judged!)).toEqual({ outcome: "wrong", missed: "given" });
  expect([judged!.object.value, asked]).toEqual(["car", 3]);
  expect([await judge(), asked]).toEqual([[judged], 3]);
  rmSync(kept, { recursive: true });
});

it("asks again in the words of models that know neither max_tokens nor a temperature, remembers that, and says it once", async () => {
  const sent: Record<string, unknown>[] = [], told: string[] = [];
  server = await localServer((_n, _path, body, response) => {
    const { messages: _, model: __, ...parameters } = body as Record<string, unknown>, refuse = (param: string, message: string): void => void response.writeHead(400).end(JSON.stringify({ error: { message, type: "invalid_request_error", param } }));
    sent.push(parameters);
    if ("max_tokens" in parameters) refuse("max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.");
    else if ("temperature" in parameters) refuse("temperature", "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.");
    else say(response, "1");
  });
  const [judged] = await httpJudge({ url: server.url, model: "m", concurrency: 1, tell: (line) => void told.push(line) }).judge([picture(0)]);
  expect([judged!.detail.value, judged!.object.value]).toEqual([theme.details[0], theme.subjects[0]]);
  expect(sent).toEqual([{ temperature: 0, max_tokens: 16 }, { temperature: 0, max_completion_tokens: 2048 }, { max_completion_tokens: 2048 }, { max_completion_tokens: 2048 }]);
  expect(told).toEqual([expect.stringMatching(/does not take max_tokens .*with max_completion_tokens, without max_tokens from now on$/), expect.stringContaining("does not take temperature")]);
});

it("reads its settings from the environment", () => {
  expect(httpJudgeFrom({})).toBeUndefined();
  expect(httpJudgeFrom({ THINKDIFF_JUDGE_URL: "http://x/v1/", THINKDIFF_JUDGE_MODEL: "m" })).toEqual({ url: "http://x/v1", model: "m", key: undefined });
  expect(() => httpJudgeFrom({ THINKDIFF_JUDGE_URL: "http://x/v1" })).toThrow("THINKDIFF_JUDGE_MODEL");
});
