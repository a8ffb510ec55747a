/** Images as data URIs, so that the report needs no other file. */
import { readFileSync } from "node:fs";
import { webpThumbnail } from "../../images/encode.ts";
import { imageFile } from "../runs/images.ts";

const asItIs = 24_000, side = 256;

/** A run folder's image as a data URI: a small PNG as it is, a larger one as a WebP thumbnail of at most 256 pixels; undefined where it is missing or too broken to shrink. */
export async function dataUri(folder: string, hash: string): Promise<string | undefined> {
  try {
    const png = readFileSync(imageFile(folder, hash));
    if (png.length <= asItIs) return `data:image/png;base64,${png.toString("base64")}`;
    return `data:image/webp;base64,${(await webpThumbnail(png, side)).toString("base64")}`;
  } catch {
    return undefined;
  }
}
