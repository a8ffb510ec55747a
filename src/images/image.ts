import sharp from "sharp";
import { readWhole } from "../files/json.ts";
import { UserError } from "../files/userError.ts";

/** An 8-bit RGB image: `data` holds height x width x 3 values, row by row. */
export interface Image { readonly width: number; readonly height: number; readonly data: Uint8Array }

/** How the files of each format begin, as Latin-1. Others never reach the decoder, which would also render SVG and PDF. */
const FORMATS: Readonly<Record<string, RegExp>> = {
  JPEG: /^\xff\xd8\xff/, PNG: /^\x89PNG\r\n/, WebP: /^RIFF[^]{4}WEBP/, GIF: /^GIF8[79]a/, TIFF: /^(II[*+]\0|MM\0[*+])/, AVIF: /^[^]{4}ftyp/,
};
const MAX_PIXELS = 100_000_000, MAX_ASPECT = 200;

/** Repeats one channel as three, and leaves three as they are. */
function asRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const out = new Uint8Array(data.length * 3);
  for (let i = 0; i < data.length; i++) out.fill(data[i]!, 3 * i, 3 * i + 3);
  return out;
}

/**
 * Decodes JPEG, PNG, WebP, GIF, TIFF or AVIF to RGB: upright by its EXIF orientation, transparency on white, grey as RGB, colour profiles
 * ignored as Pillow does, the first frame of an animation; anything else, over `maxPixels` or longer than 200 times its width is a UserError naming the file (or `name`).
 */
export async function decodeImage(source: string | Uint8Array, { name, maxPixels = MAX_PIXELS }: { name?: string; maxPixels?: number } = {}): Promise<Image> {
  const bytes = typeof source === "string" ? readWhole(source) : source;
  const label = name ?? (typeof source === "string" ? source : `image of ${bytes.length} bytes`);
  try {
    const start = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
    if (!Object.values(FORMATS).some((format) => format.test(start))) throw new Error(`begins like none of ${Object.keys(FORMATS).join(", ")}`);
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (width * height > maxPixels) throw new Error(`${width} x ${height} is more than ${maxPixels} pixels`);
    if (Math.max(width, height) > MAX_ASPECT * Math.min(width, height)) throw new Error(`${width} x ${height}: its sides differ by more than ${MAX_ASPECT} times`);
    const image = sharp(bytes, { limitInputPixels: maxPixels, failOn: "error", ignoreIcc: true });
    const { data, info } = await image.autoOrient().flatten({ background: "#ffffff" }).toColourspace("srgb").raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: asRgb(new Uint8Array(data.buffer, data.byteOffset, data.length), info.channels) };
  } catch (error) {
    const reason = (error as Error).message.replace(/\s*\n\s*/g, "; ");
    throw new UserError(`${label}: cannot be decoded as an image (${reason})`, 1, { cause: error });
  }
}

/** PNG bytes of an 8-bit RGB image given as height x width x 3 values; throws where the length does not fit. */
export async function encodePng(rgb: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  if (rgb.length !== width * height * 3) throw new Error(`encodePng: ${width} x ${height} needs ${width * height * 3} values, found ${rgb.length}`);
  return sharp(rgb, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 6 }).toBuffer();
}
