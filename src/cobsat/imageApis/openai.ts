/** OpenAI's images API: POST <url>/images/generations answers with the picture, or with where it lies. */
import { z } from "zod";
import { NoAnswer } from "../../http/ask.ts";
import { adaptingAsk, refusesContent, type Parameters } from "../../http/refusals.ts";
import { download, Refused, type ImageApi, type ImageApiOptions } from "./api.ts";

const answer = z.object({ data: z.array(z.object({ b64_json: z.string().nullish(), url: z.string().nullish() })).min(1) }), expected = "data[0].b64_json or .url";

/** Parameters that some models do not know; without a seed the same request may give another picture. */
const dispensable = { response_format: {}, seed: {} };

export const openaiImages = ({ url, model, size, tell, ...patience }: ImageApiOptions): ImageApi => {
  const asked = adaptingAsk(`${url}/images/generations`, dispensable, patience, tell);
  return {
    body: ({ prompt, seed }) => JSON.stringify({ model, prompt, n: 1, size, seed, response_format: "b64_json" }),
    async picture(body) {
      const parameters = JSON.parse(body) as Parameters & { readonly prompt: string };
      const json = await asked(parameters).catch((error: unknown) => { throw error instanceof NoAnswer && refusesContent(error, parameters.prompt) ? new Refused(error.message) : error; });
      const parsed = answer.safeParse(json), { b64_json: inline, url: place } = parsed.data?.data[0] ?? {};
      return inline ? Buffer.from(inline, "base64") : download(place, patience, expected);
    },
  };
};
