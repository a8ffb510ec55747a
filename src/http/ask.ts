/** Asking a server patiently: several attempts with growing waits, a limit on the time and the size of each answer. */
import { parseJson, TooManyValues } from "../files/json.ts";
import { askedWaitMs, isPassing, patiently } from "./patiently.ts";

export interface Patience {
  /** Sent as a bearer token, or in the header `keyHeader`, and written nowhere. */
  readonly key?: string | undefined;
  readonly keyHeader?: string;
  /** Attempts at one request, 6 by default; waits double from `firstWaitMs` (1 s), or follow the server's Retry-After. */
  readonly attempts?: number;
  readonly firstWaitMs?: number;
  /** Of one attempt; 60 s by default. */
  readonly timeoutMs?: number;
}

/** Why a server gave no answer that can be used, in words; `status` where it answered with one, `said` what it wrote with that. */
export class NoAnswer extends Error {
  readonly status: number | undefined;
  readonly said: string;
  readonly retry: boolean;
  readonly waitMs: number | undefined;
  constructor(message: string, { status, said = "", retry = false, waitMs }: { readonly status?: number; readonly said?: string; readonly retry?: boolean; readonly waitMs?: number | undefined } = {}) {
    super(message);
    this.status = status;
    this.said = said;
    this.retry = retry;
    this.waitMs = waitMs;
  }
}

const MAX_ANSWER_BYTES = 64 << 20;

/** An answer's bytes; a NoAnswer where there are more than 64 MiB of them. */
export async function bytesOf(response: Response): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    parts.push(part as Uint8Array);
    if ((bytes += (part as Uint8Array).length) > MAX_ANSWER_BYTES) throw new NoAnswer(`its answer has more than ${MAX_ANSWER_BYTES >> 20} MiB`);
  }
  return Buffer.concat(parts);
}

async function attempt(url: string, init: RequestInit, { key, keyHeader, timeoutMs = 60_000 }: Patience): Promise<Buffer> {
  try {
    const headers = { ...(init.body === undefined ? {} : { "content-type": "application/json" }), ...(key ? { [keyHeader ?? "authorization"]: keyHeader ? key : `Bearer ${key}` } : {}) };
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(timeoutMs) });
    if (response.ok) return await bytesOf(response);
    const { status } = response, said = (await bytesOf(response)).toString("utf8").replace(/\s+/g, " "), shown = said.slice(0, 200);
    throw new NoAnswer(`status ${status}${shown && `, ${shown}`}`, { status, said, retry: isPassing(status), waitMs: askedWaitMs(response) });
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    throw new NoAnswer((error as Error).name === "TimeoutError" ? `no answer within ${timeoutMs / 1000} s` : ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message, { retry: true });
  }
}

/** The bytes a server answers with, a JSON body sent where one is given; a NoAnswer after the last attempt, or at once where trying again is of no use. */
export async function ask(url: string, body: string | undefined, patience: Patience = {}): Promise<Buffer> {
  const { attempts = 6, firstWaitMs = 1000 } = patience, waitsMs = Array.from({ length: attempts - 1 }, (_, n) => firstWaitMs * 2 ** n);
  try {
    return await patiently(() => attempt(url, body === undefined ? {} : { method: "POST", body }, patience), { waitsMs }, async (error) => (error instanceof NoAnswer && error.retry ? { waitMs: error.waitMs } : undefined));
  } catch (error) {
    if (!(error instanceof NoAnswer) || !error.retry) throw error;
    throw new NoAnswer(`${error.message}, ${attempts} attempts`, error.status === undefined ? {} : { status: error.status });
  }
}

/** An answer as JSON; a NoAnswer where it is none, or has more values than a file may. */
export async function askJson(url: string, body: string | undefined, patience: Patience = {}): Promise<unknown> {
  const text = (await ask(url, body, patience)).toString("utf8");
  try {
    return parseJson(text);
  } catch (error) {
    throw new NoAnswer(error instanceof TooManyValues ? `its answer ${error.message}` : "its answer is no JSON");
  }
}

/** Runs `work` over items, at most `most` at once; results in order. The first failure is thrown once what is under way has ended. */
export async function atMost<T, R>(most: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length), queue = items.entries(), failures: unknown[] = [];
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, async () => {
    for (const [i, item] of queue) {
      if (failures.length > 0) return;
      await work(item).then((result) => { results[i] = result; }, (error: unknown) => failures.push(error));
    }
  }));
  if (failures.length > 0) throw failures[0];
  return results;
}
