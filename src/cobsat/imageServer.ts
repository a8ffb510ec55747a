/** A server that draws texts, of the kind that serves FLUX: OpenAI's images API (POST <url>/images/generations), one picture a request. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../files/atomic.ts";
import { appendLines, readJsonLines } from "../files/jsonLines.ts";
import { sha256 } from "../files/sha256.ts";
import { UserError } from "../files/userError.ts";
import { ask, askJson, atMost, NoAnswer, type Patience } from "../http/ask.ts";
import { serverSettings, type ServerSettings } from "../http/settings.ts";

export interface ImageServerOptions extends Patience {
  /** Up to and with "/v1"; "/images/generations" is appended. */
  readonly url: string;
  readonly model: string;
  /** Width x height, such as "512x512". */
  readonly size: string;
  /** Requests under way at once, 4 by default. */
  readonly concurrency?: number;
  /** Where every answer is kept (replies.jsonl and images/); one that is there is not asked for again. */
  readonly folder?: string;
}

/** What to draw, and the seed that the server is asked to draw it with. */
export interface ImageOrder { readonly prompt: string; readonly seed: number }

/** An image file's bytes, or why the server would not draw. */
export type Served = { readonly bytes: Uint8Array } | { readonly refused: string };

export interface ImageServer {
  /** Pictures in the order asked for. A server that cannot be asked is a UserError naming its address; answers already received are kept. */
  draw(orders: readonly ImageOrder[]): Promise<Served[]>;
}

/** Settings from THINKDIFF_IMAGES_URL, _MODEL, _KEY and _SIZE (512x512); undefined where no address is set. */
export function imageServerFrom(env: Readonly<Record<string, string | undefined>>): (ServerSettings & { readonly size: string }) | undefined {
  const settings = serverSettings(env, "THINKDIFF_IMAGES", "draws"), size = env["THINKDIFF_IMAGES_SIZE"] ?? "512x512";
  if (!/^\d+x\d+$/.test(size)) throw new UserError(`THINKDIFF_IMAGES_SIZE: expected a width and a height such as 512x512, found ${JSON.stringify(size)}`, 2);
  return settings && { ...settings, size };
}

/** What of a server decides its pictures, as far as one can know from outside. */
export const imageServerIdentity = ({ url, model, size }: Pick<ImageServerOptions, "url" | "model" | "size">): string => `${model} at ${url}, ${size}`;

const answer = z.object({ data: z.array(z.object({ b64_json: z.string().nullish(), url: z.string().nullish() })).min(1) });
const kept = z.object({ request: z.string(), image: z.string().optional(), refused: z.string().optional() });

/** Refusals of a text, which asking again would not change; any other ends the work. */
const refusals: readonly (number | undefined)[] = [400, 422, 451];

/** An image server. */
export function imageServer({ url, model, size, concurrency = 4, folder, ...patience }: ImageServerOptions): ImageServer {
  const file = folder === undefined ? undefined : join(folder, "replies.jsonl"), imageFile = (hash: string): string => join(folder!, "images", hash);
  const known = new Map((file === undefined ? [] : readJsonLines(file)).map((line) => kept.parse(line)).map((line) => [line.request, line]));

  async function picture(body: string): Promise<Uint8Array> {
    const parsed = answer.safeParse(await askJson(`${url}/images/generations`, body, patience));
    if (!parsed.success) throw new NoAnswer("its answer holds no image (data[0].b64_json or .url)");
    const { b64_json: inline, url: place } = parsed.data.data[0]!;
    if (inline) return Buffer.from(inline, "base64");
    if (!place || !/^https?:\/\//.test(place)) throw new NoAnswer("its answer holds no image (data[0].b64_json or .url)");
    return ask(place, undefined, { ...patience, key: undefined }); // the key is the server's alone
  }

  async function draw({ prompt, seed }: ImageOrder): Promise<Served> {
    const body = JSON.stringify({ model, prompt, n: 1, size, seed, response_format: "b64_json" }), request = sha256(`${url}\n${body}`), found = known.get(request);
    if (found?.refused !== undefined) return { refused: found.refused };
    if (found?.image !== undefined && existsSync(imageFile(found.image))) return { bytes: readFileSync(imageFile(found.image)) };
    const keep = (line: { readonly image?: string; readonly refused?: string }): void => {
      known.set(request, { request, ...line });
      if (file !== undefined) appendLines(file, [{ request, model, prompt, seed, ...line }]);
    };
    try {
      const bytes = await picture(body), image = sha256(bytes);
      if (folder !== undefined) writeAtomically(imageFile(image), bytes);
      keep({ image });
      return { bytes };
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (!refusals.includes(error.status)) throw new UserError(`${url}: the image model ${model} cannot be asked (${error.message}); see to the server, THINKDIFF_IMAGES_URL, _MODEL and _KEY, and give the same command again, every picture received is kept`, 1, { cause: error });
      const refused = `the server would not draw: ${error.message}`;
      keep({ refused });
      return { refused };
    }
  }

  return { draw: (orders) => atMost(concurrency, orders, draw) };
}
