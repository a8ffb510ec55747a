/** Why a server refuses a request that it understood the form of: what was asked, or a parameter that it does not know. */
import { askJson, NoAnswer, type Patience } from "./ask.ts";

const refusals: readonly (number | undefined)[] = [400, 422, 451];
const aboutContent = /safety|moderat|polic(y|ies)|nsfw|content.?filter|inappropriate|flagged/i;
const notKnown = /unknown|unsupported|(not|n't) support|unrecogni[sz]ed|unexpected|(not|n't) (permitted|allowed)/i;

/** The parameter among those sent that an answer calls unknown or unsupported: the one in its field "param", else the first it names. */
function unknownParameter({ status, said }: NoAnswer, sent: readonly string[]): string | undefined {
  if ((status !== 400 && status !== 422) || !notKnown.test(said)) return undefined;
  const field = /"param"\s*:\s*"(\w+)"/.exec(said)?.[1];
  if (field !== undefined) return sent.find((name) => name === field);
  const places = sent.map((name) => ({ name, at: said.search(new RegExp(`\\b${name}\\b`)) })).filter(({ at }) => at >= 0);
  return places.sort((a, b) => a.at - b.at)[0]?.name;
}

/** Whether a server would not answer because of what it was asked, which asking again would not change; the asked words that it repeats tell nothing. */
export const refusesContent = ({ status, said }: NoAnswer, asked: string): boolean =>
  refusals.includes(status) && aboutContent.test(asked === "" ? said : said.replaceAll(asked, "").replaceAll(JSON.stringify(asked).slice(1, -1), ""));

export type Parameters = Readonly<Record<string, unknown>>;

/**
 * Asks a server with a body of parameters, and once more without one that it says it does not know, where that is in `dispensable`: by name, what to send instead.
 * It is left out of all later requests, too, and told once.
 */
export function adaptingAsk(url: string, dispensable: Readonly<Record<string, Parameters>>, patience: Patience, tell: (line: string) => void): (body: Parameters) => Promise<unknown> {
  const dropped = new Set<string>();
  return async (body) => {
    for (;;) {
      const sent = Object.fromEntries(Object.entries(body).flatMap(([name, value]) => (dropped.has(name) ? Object.entries(dispensable[name]!) : [[name, value] as const])));
      try {
        return await askJson(url, JSON.stringify(sent), patience);
      } catch (error) {
        const name = error instanceof NoAnswer ? unknownParameter(error, Object.keys(dispensable).filter((own) => own in sent)) : undefined;
        if (name === undefined) throw error;
        if (!dropped.has(name)) tell(`${url}: the server does not take ${name} (${(error as NoAnswer).message}); it is asked ${[...Object.keys(dispensable[name]!).map((other) => `with ${other}`), `without ${name}`].join(", ")} from now on`);
        dropped.add(name);
      }
    }
  };
}
