/** A server that draws texts, one picture a request; its answers are kept, and where a picture under way is to be had, so that none is paid for twice. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "../files/atomic.ts";
import { appendLines, readJsonLines } from "../files/jsonLines.ts";
import { sha256 } from "../files/sha256.ts";
import { printable, UserError } from "../files/userError.ts";
import { atMost, NoAnswer } from "../http/ask.ts";
import { serverSettings, type ServerSettings } from "../http/settings.ts";
import { Refused, type ImageApi, type ImageOrder } from "./imageApis/api.ts";
import { fluxImages, type FluxApiOptions } from "./imageApis/flux.ts";
import { openaiImages } from "./imageApis/openai.ts";

const apis = { openai: openaiImages, flux: fluxImages } as const satisfies Record<string, (options: FluxApiOptions) => ImageApi>;

export type ImageApiName = keyof typeof apis;

export interface ImageServerOptions extends Omit<FluxApiOptions, "tell"> {
  /** "openai" by default: <url>/images/generations; "flux": <url>/<model>, then what its polling_url says. */
  readonly api?: ImageApiName;
  /** Requests under way at once, 4 by default. */
  readonly concurrency?: number;
  /** Where every answer is kept (replies.jsonl and images/); one that is there is not asked for again. */
  readonly folder?: string;
  /** Told in one line what the user may want to know; stderr by default. */
  readonly tell?: (line: string) => void;
}

/** An image file's bytes, or why the server would not draw. */
export type Served = { readonly bytes: Uint8Array } | { readonly refused: string };

export interface ImageServer {
  /** Pictures in the order asked for. A server that cannot be asked is a UserError naming its address; answers already received are kept. */
  draw(orders: readonly ImageOrder[]): Promise<Served[]>;
}

/** Settings from THINKDIFF_IMAGES_URL, _MODEL, _KEY, _SIZE (512x512) and _API (openai); undefined where no address is set. */
export function imageServerFrom(env: Readonly<Record<string, string | undefined>>): (ServerSettings & Required<Pick<ImageServerOptions, "api" | "size">>) | undefined {
  const settings = serverSettings(env, "THINKDIFF_IMAGES", "draws"), size = env["THINKDIFF_IMAGES_SIZE"] || "512x512", named = env["THINKDIFF_IMAGES_API"] || "openai", api = (Object.keys(apis) as ImageApiName[]).find((name) => name === named);
  if (!/^\d+x\d+$/.test(size)) throw new UserError(`THINKDIFF_IMAGES_SIZE: expected a width and a height such as 512x512, found ${JSON.stringify(size)}`, 2);
  if (api === undefined) throw new UserError(`THINKDIFF_IMAGES_API: expected one of ${Object.keys(apis).join(", ")}, found ${JSON.stringify(named)}`, 2);
  return settings && { ...settings, size, api };
}

/** What of a server decides its pictures, as far as one can know from outside. */
export const imageServerIdentity = ({ url, model, size, api = "openai" }: Pick<ImageServerOptions, "url" | "model" | "size" | "api">): string => `${model} at ${url}, ${size}${api === "openai" ? "" : `, API ${api}`}`;

const kept = z.object({ request: z.string(), image: z.string().optional(), refused: z.string().optional(), begun: z.string().optional() });

/** An image server. */
export function imageServer({ api = "openai", concurrency = 4, folder, tell = (line) => void process.stderr.write(`${printable(line)}\n`), ...options }: ImageServerOptions): ImageServer {
  const { url, model } = options, { body: bodyOf, picture } = apis[api]({ ...options, tell }), file = folder === undefined ? undefined : join(folder, "replies.jsonl"), imageFile = (hash: string): string => join(folder!, "images", hash);
  const known = new Map((file === undefined ? [] : readJsonLines(file, (line) => kept.parse(line))).map((line) => [line.request, line]));

  async function draw(order: ImageOrder): Promise<Served> {
    const { prompt, seed } = order, body = bodyOf(order), request = sha256(`${url}\n${model}\n${body}`), found = known.get(request);
    if (found?.refused !== undefined) return { refused: found.refused };
    if (found?.image !== undefined && existsSync(imageFile(found.image))) return { bytes: readFileSync(imageFile(found.image)) };
    const keep = (line: { readonly image?: string; readonly refused?: string; readonly begun?: string }): void => {
      known.set(request, { request, ...line });
      if (file !== undefined) appendLines(file, [{ request, model, prompt, seed, ...line }]);
    };
    try {
      const bytes = await picture(body, {
        begun: found?.begun,
        begins: (begun) => keep({ begun }),
        lost: (reason) => tell(`${url}: the picture of ${JSON.stringify(prompt)} that was under way there is lost (${reason}); it is asked for, and paid for, once more`),
      }), image = sha256(bytes);
      if (folder !== undefined) writeAtomically(imageFile(image), bytes);
      keep({ image });
      return { bytes };
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (!(error instanceof Refused)) throw new UserError(`${url}: the image model ${model} cannot be asked (${error.message}); see to the server, THINKDIFF_IMAGES_URL, _MODEL and _KEY, and give the same command again, every picture received is kept`, 1, { cause: error });
      const refused = `the server would not draw: ${error.message}`;
      keep({ refused });
      return { refused };
    }
  }

  return { draw: (orders) => atMost(concurrency, orders, draw) };
}
