import { ask, NoAnswer, type Patience } from "../../http/ask.ts";

/** What to draw, and the seed that the server is asked to draw it with. */
export interface ImageOrder { readonly prompt: string; readonly seed: number }

export interface ImageApiOptions extends Patience {
  /** Up to and with "/v1". */
  readonly url: string;
  readonly model: string;
  /** Width x height, such as "512x512". */
  readonly size: string;
  /** Told in one line what the user may want to know. */
  readonly tell: (line: string) => void;
}

/** A picture's drawing that outlives its asker: where a former one was begun, what is to be done as soon as one begins, and what to tell where the former has to be given up. */
export interface Underway { readonly begun?: string | undefined; begins(place: string): void; lost(reason: string): void }

/** How one kind of server is asked for a picture. */
export interface ImageApi {
  /** The request's body; with the server's address it decides the picture. */
  body(order: ImageOrder): string;
  /** The picture's bytes; a Refused where the server would not draw the text, another NoAnswer where it cannot be asked. */
  picture(body: string, underway: Underway): Promise<Uint8Array>;
}

/** A server that would not draw a text, which asking again would not change. */
export class Refused extends NoAnswer {}

/** Characters of an address; signed ones have some hundreds. */
export const MAX_ADDRESS = 1 << 14;

/** A picture from the place that an answer names; without the key, which is the server's alone. */
export function download(place: unknown, { key: _, ...patience }: Patience, expected: string): Promise<Uint8Array> {
  if (typeof place !== "string" || place.length > MAX_ADDRESS || !/^https?:\/\//.test(place)) throw new NoAnswer(`its answer holds no image (${expected})`);
  return ask(place, undefined, patience);
}
