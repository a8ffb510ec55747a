/** The API of FLUX's makers, which draws while the asker waits: POST <url>/<model> answers with an address that is asked until the picture is ready, then names where it lies. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { askJson, NoAnswer, type Patience } from "../../http/ask.ts";
import { isPassing } from "../../http/patiently.ts";
import { download, MAX_ADDRESS, Refused, type ImageApi, type ImageApiOptions } from "./api.ts";

export interface FluxApiOptions extends ImageApiOptions {
  /** Wait before the first look, 500 ms by default; waits grow by half to ten times that. */
  readonly pollMs?: number;
  /** The longest that one picture may take; 5 minutes by default. */
  readonly pollTimeoutMs?: number;
}

const submitted = z.object({ polling_url: z.string().max(MAX_ADDRESS) }), state = z.object({ status: z.string().max(200), result: z.object({ sample: z.string() }).nullish() });

/** The states of a picture that will not be drawn, as a refusal and otherwise; in any other it may still come, until the time is over. */
const moderated = ["Request Moderated", "Content Moderated"], ended = ["Error", "Failed"];

/** How an address says that what was begun there will not come any more; time-outs with an answer, and pictures whose place has expired, among them. */
const gone: readonly (number | undefined)[] = [403, 404, 408, 410];

/** Whether two addresses are of one server or of one domain's servers (api.example.com and api.eu.example.com), so that the key may go there. */
function sameDomain(a: URL, b: URL): boolean {
  const domain = ({ hostname }: URL): string => (/^[\d.]+$|:/.test(hostname) ? hostname : hostname.split(".").slice(-2).join("."));
  return a.protocol === b.protocol && domain(a) === domain(b);
}

/** One look at a picture that is being drawn; a server that is busy or silent may have more to say at the next. */
async function look(place: string, patience: Patience): Promise<{ readonly status: string; readonly silent?: boolean; readonly sample?: string | undefined }> {
  try {
    const found = state.safeParse(await askJson(place, undefined, { ...patience, attempts: 1 }));
    if (!found.success) throw new NoAnswer("its polling_url answers without a status", { status: 200 });
    return { status: found.data.status, sample: found.data.result?.sample };
  } catch (error) {
    if (!(error instanceof NoAnswer) || (error.status !== undefined && !isPassing(error.status))) throw error;
    return { status: error.message, silent: true };
  }
}

export const fluxImages = ({ url, model, size, pollMs = 500, pollTimeoutMs = 300_000, key, ...patience }: FluxApiOptions): ImageApi => {
  const [width, height] = size.split("x").map(Number), keyed = { ...patience, key, keyHeader: "x-key" }, { timeoutMs = 60_000 } = patience;

  /** The picture that is being drawn at a place, once it is ready; `over` are further states in which it will not come. */
  async function drawn(place: string, over: readonly string[] = []): Promise<Uint8Array> {
    const until = performance.now() + pollTimeoutMs, looking = sameDomain(new URL(url), new URL(place)) ? keyed : patience;
    for (let wait = pollMs, last = "none", unheard = true; ; wait = Math.min(1.5 * wait, 10 * pollMs)) {
      await sleep(wait);
      const left = Math.ceil(until - performance.now());
      if (left <= 0) throw new NoAnswer(`the picture is not ready after ${pollTimeoutMs / 1000} s, last state: ${last}`, unheard ? {} : { status: 408 });
      const { status, silent = false, sample } = await look(place, { ...looking, timeoutMs: Math.min(timeoutMs, left) });
      if (status === "Ready") return download(sample, patience, "result.sample");
      if (moderated.includes(status)) throw new Refused(`state ${status}`);
      if (ended.includes(status) || over.includes(status)) throw new NoAnswer(`the picture came to the state ${status}`, { status: 410 });
      [last, unheard] = [status, silent];
    }
  }

  return {
    body: ({ prompt, seed }) => JSON.stringify({ prompt, width, height, seed, output_format: "png" }),
    async picture(body, { begun, begins, lost }) {
      if (begun !== undefined && URL.canParse(begun)) {
        try {
          return await drawn(begun, ["Task not found"]);
        } catch (error) {
          if (!(error instanceof NoAnswer) || error instanceof Refused || !gone.includes(error.status)) throw error;
          lost(error.message);
        }
      }
      const place = submitted.safeParse(await askJson(`${url}/${model}`, body, keyed)).data?.polling_url ?? "";
      if (!/^https?:/.test(place) || !URL.canParse(place)) throw new NoAnswer("its answer names no polling_url");
      begins(place);
      return drawn(place);
    },
  };
};
