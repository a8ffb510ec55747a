import sharp from "sharp";
import { drawScene, frameSize } from "./draw.ts";
import type { Scene } from "./scene.ts";

/** The 64 * 64 * 3 RGB bytes (rows, columns, channels) of an SVG of 64 x 64 pixels that leaves no pixel transparent. */
export async function rasterize(svg: string): Promise<Uint8Array> {
  return new Uint8Array(await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer());
}

/** A scene's picture as 64 * 64 * 3 RGB bytes (rows, columns, channels). */
export async function renderScene(scene: Scene): Promise<Uint8Array> {
  return rasterize(drawScene(scene));
}

/** A PNG of many scenes' pictures, `columns` in a row, each enlarged `scale` times without smoothing, two pixels apart. */
export async function contactSheet(scenes: readonly Scene[], columns: number, scale: number): Promise<Buffer> {
  const cell = frameSize + 2, width = columns * cell, height = Math.ceil(scenes.length / columns) * cell;
  const pixels = new Uint8Array(width * height * 3).fill(255);
  for (const [index, scene] of scenes.entries()) {
    const picture = await renderScene(scene), left = (index % columns) * cell + 1, top = Math.floor(index / columns) * cell + 1;
    for (let row = 0; row < frameSize; row++) pixels.set(picture.subarray(row * frameSize * 3, (row + 1) * frameSize * 3), ((top + row) * width + left) * 3);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } }).resize(width * scale, height * scale, { kernel: "nearest" }).png({ compressionLevel: 9 }).toBuffer();
}
