/** OpenAI's images API: POST <url>/images/generations answers with the picture, or with where it lies. */
import { z } from "zod";
import { askJson, NoAnswer } from "../../http/ask.ts";
import { download, Refused, type ImageApi, type ImageApiOptions } from "./api.ts";

const answer = z.object({ data: z.array(z.object({ b64_json: z.string().nullish(), url: z.string().nullish() })).min(1) }), expected = "data[0].b64_json or .url";

/** Refusals of a text; any other ends the work. */
const refusals: readonly (number | undefined)[] = [400, 422, 451];

export const openaiImages = ({ url, model, size, ...patience }: ImageApiOptions): ImageApi => ({
  body: ({ prompt, seed }) => JSON.stringify({ model, prompt, n: 1, size, seed, response_format: "b64_json" }),
  async picture(body) {
    const json = await askJson(`${url}/images/generations`, body, patience).catch((error: unknown) => { throw error instanceof NoAnswer && refusals.includes(error.status) ? new Refused(error.message) : error; });
    const parsed = answer.safeParse(json), { b64_json: inline, url: place } = parsed.data?.data[0] ?? {};
    return inline ? Buffer.from(inline, "base64") : download(place, patience, expected);
  },
});
