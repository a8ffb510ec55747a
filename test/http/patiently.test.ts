import { expect, it } from "vitest";
import { askedWaitMs, isPassing, patiently } from "../../src/http/patiently.ts";

const answer = (retryAfter?: string): Pick<Response, "headers"> => ({ headers: new Headers(retryAfter === undefined ? {} : { "retry-after": retryAfter }) });

it("reads Retry-After as seconds or as a date, at most two minutes, and nothing else", () => {
  expect(["0", "1.5", "9999"].map((text) => askedWaitMs(answer(text)))).toEqual([0, 1500, 120_000]);
  for (const text of [undefined, "", "Infinity", "-1", "soon"]) expect(askedWaitMs(answer(text))).toBeUndefined();
  const inAMinute = askedWaitMs(answer(new Date(Date.now() + 60_000).toUTCString()))!;
  expect(Math.abs(inAMinute - 60_000)).toBeLessThan(10_000);
  expect(askedWaitMs(answer("Thu, 01 Jan 2015 00:00:00 GMT"))).toBe(0);
});

it("knows the statuses that pass", () => {
  expect([200, 400, 401, 404, 408, 429, 500, 503].filter(isPassing)).toEqual([408, 429, 500, 503]);
});

it("tries again while waits are left and it may help, and gives what the last attempt threw", async () => {
  let attempts = 0;
  const failing = async (): Promise<never> => { throw new Error(`attempt ${++attempts}`); };
  await expect(patiently(failing, { waitsMs: [1, 1] }, async () => ({}))).rejects.toThrow("attempt 3");
  await expect(patiently(failing, { waitsMs: [1, 1] }, async () => undefined)).rejects.toThrow("attempt 4");
  await expect(patiently(failing, { waitsMs: [1e9], signal: AbortSignal.abort() }, async () => ({}))).rejects.toThrow("attempt 5");
  expect(await patiently(async () => (attempts++ < 6 ? failing() : "done"), { waitsMs: [1e9, 1e9, 1e9] }, async () => ({ waitMs: 0 }))).toBe("done");
});
