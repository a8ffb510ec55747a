/** Any OpenAI-compatible vision server as CoBSAT's judge: the same two questions, greedy, one picture a request. */
import { join } from "node:path";
import { z } from "zod";
import { appendLines, readJsonLines } from "../../files/jsonLines.ts";
import { sha256 } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import { atMost, NoAnswer, type Patience } from "../../http/ask.ts";
import { adaptingAsk, refusesContent } from "../../http/refusals.ts";
import { serverSettings, type ServerSettings } from "../../http/settings.ts";
import { encodePng } from "../../images/image.ts";
import { halves, type LlavaJudge } from "./llavaJudge.ts";
import type { Choice, JudgeItem } from "./judge.ts";
import { valuesOf } from "../tasks.ts";
import { question } from "./questions.ts";
import { strictChoice } from "./replies.ts";

export interface HttpJudgeOptions extends Patience {
  readonly name?: string;
  /** Up to and with "/v1"; "/chat/completions" is appended. */
  readonly url: string;
  readonly model: string;
  /** Requests under way at once, 4 by default. */
  readonly concurrency?: number;
  /** Where every reply is kept (replies.jsonl); a reply that is there is not asked for again. */
  readonly folder?: string;
  /** Told in one line what the user may want to know; stderr by default. */
  readonly tell?: (line: string) => void;
}

/** `refused`: why the server would not answer. */
const replyLine = z.object({ request: z.string(), reply: z.string().optional(), refused: z.string().optional() });

type Reply = Omit<z.infer<typeof replyLine>, "request">;

/** Parameters that some models do not know; the limit that takes the place of max_tokens also counts what a model thinks before it answers. */
const dispensable = { max_tokens: { max_completion_tokens: 2048 }, temperature: {} };

/** Characters of a reply, which is kept and read again; a number is asked for. */
const MAX_REPLY = 1 << 16;

const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1) });

/** Settings from THINKDIFF_JUDGE_URL, _MODEL and _KEY; undefined where no address is set, a UserError (exit code 2) where the model is missing. */
export const httpJudgeFrom = (env: Readonly<Record<string, string | undefined>>): ServerSettings | undefined => serverSettings(env, "THINKDIFF_JUDGE", "judges");

/** What of a server decides its answers, as far as one can know from outside: its address and its model's name. */
export const httpJudgeIdentity = ({ url, model }: Pick<HttpJudgeOptions, "url" | "model">): string => `${model} at ${url}`;

/** A vision server as a judge. A question that it refuses for its picture has no usable answer; a server that cannot be asked is a UserError naming its address. Replies already received are kept. */
export function httpJudge({ name = "server", url, model, concurrency = 4, folder, tell = (line) => void process.stderr.write(`${line}\n`), ...patience }: HttpJudgeOptions): LlavaJudge {
  const file = folder === undefined ? undefined : join(folder, "replies.jsonl");
  const known = new Map((file === undefined ? [] : readJsonLines(file, (line) => replyLine.parse(line))).map((line): [string, Reply] => [line.request, line]));
  const ask = adaptingAsk(`${url}/chat/completions`, dispensable, patience, tell);

  async function reply(png: Uint8Array, text: string): Promise<Reply> {
    const body = {
      model, temperature: 0, max_tokens: 16,
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${Buffer.from(png).toString("base64")}` } }, { type: "text", text }] }],
    };
    const request = sha256(`${url}\n${JSON.stringify(body)}`), found = known.get(request);
    if (found !== undefined) return found;
    const keep = (said: Reply): Reply => {
      known.set(request, said);
      if (file !== undefined) appendLines(file, [{ request, model, question: text, image: sha256(png), ...said }]);
      return said;
    };
    try {
      const parsed = completion.safeParse(await ask(body));
      if (!parsed.success) throw new NoAnswer("its answer is no chat completion");
      const reply = parsed.data.choices[0]!.message.content ?? "";
      if (reply.length > MAX_REPLY) throw new NoAnswer(`its answer has ${reply.length} characters, more than ${MAX_REPLY}`);
      return keep({ reply });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (refusesContent(error, text)) return keep({ refused: error.message });
      throw new UserError(`${url}: the judge ${model} cannot be asked (${error.message}); see to the server, THINKDIFF_JUDGE_URL, _MODEL and _KEY, and give the same command again`, 1, { cause: error });
    }
  }

  return {
    name, identity: httpJudgeIdentity({ url, model }),
    async judge(items) {
      const pngs = await Promise.all(items.map(({ image: { data, width, height } }: JudgeItem) => encodePng(data, width, height)));
      const requests = items.flatMap(({ theme }, i) => halves.map((half) => ({ png: pngs[i]!, text: question(theme, half) })));
      const replies = await atMost(concurrency, requests, ({ png, text }) => reply(png, text));
      const choice = ({ reply = "", refused }: Reply, values: readonly string[]): Choice => (refused === undefined ? strictChoice(reply, values) : { reason: `the judge would not answer: ${refused}`, reply });
      return items.map(({ theme }, i) => ({ detail: choice(replies[2 * i]!, valuesOf(theme, "detail")), object: choice(replies[2 * i + 1]!, valuesOf(theme, "object")) }));
    },
    release: async () => {},
  };
}
