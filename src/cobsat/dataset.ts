/** CoBSAT's published data set folder: where each pair's image and each theme's captions lie, and how they are read. */
import { join } from "node:path";
import { readWhole } from "../files/json.ts";
import { UserError } from "../files/userError.ts";
import { decodeImage, type Image } from "../images/image.ts";
import { csvRecords } from "./csv.ts";
import { pairsOf, themes, type Pair, type Theme } from "./tasks.ts";

/** A pair's image under the `datasets` folder: "color_car/red_car.jpg". */
export const pairPath = ({ theme, detail, object }: Pair): string => `${theme.detailSpace}_${object}/${detail}_${object}.jpg`;

/** A theme's captions under the `datasets` folder: "color_object.csv". */
export const captionsPath = (theme: Theme): string => `${theme.detailSpace}_${theme.subjectSpace}.csv`;

/** Every file of the data set, relative to the `datasets` folder, in the order of their names: 500 images and five tables of captions. */
export const datasetFiles: readonly string[] = themes.flatMap((theme) => [captionsPath(theme), ...pairsOf(theme).map(pairPath)]).sort();

/** Decodes pairs' images one after another, in the order asked for, holding one at a time. */
export async function* decodePairs(folder: string, pairs: Iterable<Pair>): AsyncGenerator<{ pair: Pair; image: Image }> {
  for (const pair of pairs) yield { pair, image: await decodeImage(join(folder, pairPath(pair))) };
}

/** A theme's captions by image name ("red_car.jpg"); throws, naming the file, unless it has all hundred. */
export async function readCaptions(folder: string, theme: Theme): Promise<ReadonlyMap<string, string>> {
  const file = join(folder, captionsPath(theme));
  const captions = new Map(csvRecords(file, readWhole(file).toString("utf8")).filter((r) => r.image !== undefined && r.caption).map((r) => [r.image!, r.caption!]));
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
