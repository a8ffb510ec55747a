/** CoBSAT's published data set folder: where each pair's image and each theme's captions lie, and how they are read. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { UserError } from "../files/userError.ts";
import { parseCsvRecords } from "./csv.ts";
import type { DecodedImage } from "./judge/judge.ts";
import { pairsOf, type Pair, type Theme } from "./tasks.ts";

/** A pair's image under the `datasets` folder: "color_car/red_car.jpg". */
export const pairPath = ({ theme, detail, object }: Pair): string => `${theme.detailSpace}_${object}/${detail}_${object}.jpg`;

/** A theme's captions under the `datasets` folder: "color_object.csv". */
export const captionsPath = (theme: Theme): string => `${theme.detailSpace}_${theme.subjectSpace}.csv`;

/** Decodes an image file to 8-bit RGB, every pixel; throws, naming the file, where it is missing, cut off or not an image. */
export async function decodeImage(file: string): Promise<DecodedImage> {
  try {
    const bytes = await readFile(file);
    const { data, info } = await sharp(bytes, { failOn: "warning" }).flatten({ background: "white" }).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`expected 3 channels, found ${info.channels}`);
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  } catch (error) {
    throw new UserError(`${file}: cannot be decoded as an image (${error instanceof Error ? error.message.split("\n")[0] : String(error)}); put a whole JPEG there`, 1, { cause: error });
  }
}

/** Decodes pairs' images one after another, in the order asked for, holding one at a time. */
export async function* decodePairs(folder: string, pairs: Iterable<Pair>): AsyncGenerator<{ pair: Pair; image: DecodedImage }> {
  for (const pair of pairs) yield { pair, image: await decodeImage(join(folder, pairPath(pair))) };
}

/** A theme's captions by image name ("red_car.jpg"); throws, naming the file, unless it has all hundred. */
export async function readCaptions(folder: string, theme: Theme): Promise<ReadonlyMap<string, string>> {
  const file = join(folder, captionsPath(theme));
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UserError(`${file}: cannot be read; expected a CSV file with columns image and caption`, 1, { cause: error });
  });
  let records: Record<string, string>[];
  try {
    records = parseCsvRecords(text);
  } catch (error) {
    throw new UserError(`${file}: ${(error as Error).message}`, 1, { cause: error });
  }
  const captions = new Map(records.filter((r) => r.image !== undefined && r.caption).map((r) => [r.image!, r.caption!]));
  const lacking = pairsOf(theme).map((pair) => `${pair.detail}_${pair.object}.jpg`).filter((name) => !captions.has(name));
  if (lacking.length > 0) throw new UserError(`${file}: no caption for ${lacking.length} of 100 images, first ${lacking[0]}; expected columns image and caption`);
  return captions;
}

/** The caption of a pair among its theme's. */
export function captionOf(captions: ReadonlyMap<string, string>, pair: Pair): string {
  const name = `${pair.detail}_${pair.object}.jpg`, caption = captions.get(name);
  if (caption === undefined) throw new UserError(`no caption for ${name}`);
  return caption;
}
