/** Any OpenAI-compatible vision server as CoBSAT's judge: the same two questions, greedy, one picture a request. */
import { join } from "node:path";
import { z } from "zod";
import { appendLines, readJsonLines } from "../../files/jsonLines.ts";
import { sha256 } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import { encodePng } from "../../images/image.ts";
import { halves, judgedOf, type LlavaJudge } from "./llavaJudge.ts";
import type { JudgeItem } from "./judge.ts";
import { question } from "./questions.ts";

export interface HttpJudgeOptions {
  readonly name?: string;
  /** Up to and with "/v1"; "/chat/completions" is appended. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token and written nowhere. */
  readonly key?: string | undefined;
  /** Requests under way at once, 4 by default. */
  readonly concurrency?: number;
  /** Attempts at one request, 6 by default; waits double from `firstWaitMs` (1 s), or follow the server's Retry-After. */
  readonly attempts?: number;
  readonly firstWaitMs?: number;
  /** Of one attempt; 60 s by default. */
  readonly timeoutMs?: number;
  /** Where every reply is kept (replies.jsonl); a reply that is there is not asked for again. */
  readonly folder?: string;
}

const replyLine = z.object({ request: z.string(), reply: z.string() });
const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1) });

/** Settings from THINKDIFF_JUDGE_URL, _MODEL and _KEY; undefined where no address is set, a UserError (exit code 2) where the model is missing. */
export function httpJudgeFrom(env: Readonly<Record<string, string | undefined>>): Pick<HttpJudgeOptions, "url" | "model" | "key"> | undefined {
  const { THINKDIFF_JUDGE_URL: url, THINKDIFF_JUDGE_MODEL: model, THINKDIFF_JUDGE_KEY: key } = env;
  if (!url) return undefined;
  if (!/^https?:\/\//.test(url)) throw new UserError(`THINKDIFF_JUDGE_URL: expected an address such as http://localhost:8000/v1, found ${JSON.stringify(url)}`, 2);
  if (!model) throw new UserError("THINKDIFF_JUDGE_URL is set without THINKDIFF_JUDGE_MODEL; name the model that judges", 2);
  return { url: url.replace(/\/+$/, ""), model, key };
}

/** What of a server decides its answers, as far as one can know from outside: its address and its model's name. */
export const httpJudgeIdentity = ({ url, model }: Pick<HttpJudgeOptions, "url" | "model">): string => `${model} at ${url}`;

/** A failed attempt, and how many milliseconds the server asks to wait; undefined where trying again is of no use. */
class Attempt extends Error {
  readonly retry: boolean;
  readonly waitMs: number | undefined;
  constructor(message: string, retry: boolean, waitMs?: number) {
    super(message);
    this.retry = retry;
    this.waitMs = waitMs;
  }
}

async function ask(url: string, body: string, key: string | undefined, timeoutMs: number): Promise<string> {
  let response: Response;
  try {
    response = await fetch(`${url}/chat/completions`, { method: "POST", body, headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) }, signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) {
      const after = Number(response.headers.get("retry-after") ?? NaN), shown = (await response.text()).replace(/\s+/g, " ").slice(0, 200);
      throw new Attempt(`status ${response.status}${shown && `, ${shown}`}`, response.status === 408 || response.status === 429 || response.status >= 500, Number.isFinite(after) ? after * 1000 : undefined);
    }
    const parsed = completion.safeParse(await response.json());
    if (!parsed.success) throw new Attempt("its answer is no chat completion", false);
    return parsed.data.choices[0]!.message.content ?? "";
  } catch (error) {
    if (error instanceof Attempt) throw error;
    throw new Attempt((error as Error).name === "TimeoutError" ? `no answer within ${timeoutMs / 1000} s` : ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message, true);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Runs `work` over items, at most `most` at once; results in order. The first failure is thrown once what is under way has ended. */
async function atMost<T, R>(most: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
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

/** A vision server as a judge. A server that cannot be asked is a UserError naming its address; replies already received are kept. */
export function httpJudge({ name = "server", url, model, key, concurrency = 4, attempts = 6, firstWaitMs = 1000, timeoutMs = 60_000, folder }: HttpJudgeOptions): LlavaJudge {
  const file = folder === undefined ? undefined : join(folder, "replies.jsonl");
  const known = new Map((file === undefined ? [] : readJsonLines(file)).map((line) => replyLine.parse(line)).map(({ request, reply }) => [request, reply]));

  async function reply(png: Uint8Array, text: string): Promise<string> {
    const body = JSON.stringify({
      model, temperature: 0, max_tokens: 16,
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${Buffer.from(png).toString("base64")}` } }, { type: "text", text }] }],
    });
    const request = sha256(`${url}\n${body}`), found = known.get(request);
    if (found !== undefined) return found;
    for (let attempt = 1; ; attempt++) {
      try {
        const said = await ask(url, body, key, timeoutMs);
        known.set(request, said);
        if (file !== undefined) appendLines(file, [{ request, model, question: text, image: sha256(png), reply: said }]);
        return said;
      } catch (error) {
        if (!(error instanceof Attempt)) throw error;
        if (!error.retry || attempt >= attempts) throw new UserError(`${url}: the judge ${model} cannot be asked (${error.message}${error.retry ? `, ${attempts} attempts` : ""}); see to the server, THINKDIFF_JUDGE_URL, _MODEL and _KEY, and give the same command again`, 1, { cause: error });
        await pause(error.waitMs ?? firstWaitMs * 2 ** (attempt - 1));
      }
    }
  }

  return {
    name, identity: httpJudgeIdentity({ url, model }),
    async judge(items) {
      const pngs = await Promise.all(items.map(({ image: { data, width, height } }: JudgeItem) => encodePng(data, width, height)));
      const requests = items.flatMap(({ theme }, i) => halves.map((half) => ({ png: pngs[i]!, text: question(theme, half) })));
      const replies = await atMost(concurrency, requests, ({ png, text }) => reply(png, text));
      return items.map(({ theme }, i) => judgedOf(theme, [replies[2 * i]!, replies[2 * i + 1]!]));
    },
    release: async () => {},
  };
}
