/** Any OpenAI-compatible vision server as CoBSAT's judge: the same two questions, greedy, one picture a request. */
import { join } from "node:path";
import { z } from "zod";
import { appendLines, readJsonLines } from "../../files/jsonLines.ts";
import { sha256 } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import { askJson, atMost, NoAnswer, type Patience } from "../../http/ask.ts";
import { serverSettings, type ServerSettings } from "../../http/settings.ts";
import { encodePng } from "../../images/image.ts";
import { halves, judgedOf, type LlavaJudge } from "./llavaJudge.ts";
import type { JudgeItem } from "./judge.ts";
import { question } from "./questions.ts";

export interface HttpJudgeOptions extends Patience {
  readonly name?: string;
  /** Up to and with "/v1"; "/chat/completions" is appended. */
  readonly url: string;
  readonly model: string;
  /** Requests under way at once, 4 by default. */
  readonly concurrency?: number;
  /** Where every reply is kept (replies.jsonl); a reply that is there is not asked for again. */
  readonly folder?: string;
}

const replyLine = z.object({ request: z.string(), reply: z.string() });
const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string().nullable() }) })).min(1) });

/** Settings from THINKDIFF_JUDGE_URL, _MODEL and _KEY; undefined where no address is set, a UserError (exit code 2) where the model is missing. */
export const httpJudgeFrom = (env: Readonly<Record<string, string | undefined>>): ServerSettings | undefined => serverSettings(env, "THINKDIFF_JUDGE", "judges");

/** What of a server decides its answers, as far as one can know from outside: its address and its model's name. */
export const httpJudgeIdentity = ({ url, model }: Pick<HttpJudgeOptions, "url" | "model">): string => `${model} at ${url}`;

/** A vision server as a judge. A server that cannot be asked is a UserError naming its address; replies already received are kept. */
export function httpJudge({ name = "server", url, model, concurrency = 4, folder, ...patience }: HttpJudgeOptions): LlavaJudge {
  const file = folder === undefined ? undefined : join(folder, "replies.jsonl");
  const known = new Map((file === undefined ? [] : readJsonLines(file)).map((line) => replyLine.parse(line)).map(({ request, reply }) => [request, reply]));

  async function reply(png: Uint8Array, text: string): Promise<string> {
    const body = JSON.stringify({
      model, temperature: 0, max_tokens: 16,
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${Buffer.from(png).toString("base64")}` } }, { type: "text", text }] }],
    });
    const request = sha256(`${url}\n${body}`), found = known.get(request);
    if (found !== undefined) return found;
    try {
      const parsed = completion.safeParse(await askJson(`${url}/chat/completions`, body, patience));
      if (!parsed.success) throw new NoAnswer("its answer is no chat completion");
      const said = parsed.data.choices[0]!.message.content ?? "";
      known.set(request, said);
      if (file !== undefined) appendLines(file, [{ request, model, question: text, image: sha256(png), reply: said }]);
      return said;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      throw new UserError(`${url}: the judge ${model} cannot be asked (${error.message}); see to the server, THINKDIFF_JUDGE_URL, _MODEL and _KEY, and give the same command again`, 1, { cause: error });
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
