/** Files of images: for other systems to read, and small for pages. */
import sharp from "sharp";
import type { Image } from "./image.ts";

/** JPEG bytes of an image, without chroma subsampling. */
export const encodeJpeg = ({ width, height, data }: Image, quality = 95): Promise<Uint8Array> =>
  sharp(data, { raw: { width, height, channels: 3 } }).jpeg({ quality, chromaSubsampling: "4:4:4" }).toBuffer();

/** WebP bytes of an encoded picture, shrunk to fit a square of `side` pixels; throws where it cannot be decoded. */
export const webpThumbnail = (picture: Uint8Array, side: number): Promise<Buffer> =>
  sharp(picture).resize({ width: side, height: side, fit: "inside", withoutEnlargement: true }).webp({ quality: 85 }).toBuffer();
