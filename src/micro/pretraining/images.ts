import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeAtomicallyWith, writeFully } from "../../files/atomic.ts";
import { sha256 } from "../../files/sha256.ts";
import { drawScene, frameSize } from "../world/draw.ts";
import { rasterize } from "../world/rasterize.ts";
import type { Scene } from "../world/scene.ts";

/** Bytes of one picture: 64 x 64 RGB. */
export const imageBytes = frameSize * frameSize * 3;

/** Pictures in row-major RGB, one after the other. */
export interface ImageStore {
  readonly count: number;
  /** The bytes of picture i. */
  at(i: number): Uint8Array;
}

const CONCURRENT = 16;

/** Renders `count` scenes once; later calls with the same drawings read the cached file. */
export async function renderedImages(cache: string, name: string, count: number, scene: (index: number) => Scene, progress: (text: string) => void = () => {}): Promise<ImageStore> {
  // A few drawings stand for all: a change of the drawing code changes them.
  const probes = Array.from({ length: Math.min(count, 60) }, (_, i) => drawScene(scene(Math.floor((i * count) / 60))));
  const path = join(cache, "images", `${name}-${count}-${sha256(probes.join("\n")).slice(0, 16)}.rgb`);
  if (!existsSync(path) || statSync(path).size !== count * imageBytes) {
    mkdirSync(dirname(path), { recursive: true });
    const pictures: Uint8Array[] = [];
    for (let i = 0; i < count; i += CONCURRENT) {
      pictures.push(...(await Promise.all(Array.from({ length: Math.min(CONCURRENT, count - i) }, (_, j) => rasterize(drawScene(scene(i + j)))))));
      if (i % (CONCURRENT * 50) === 0) progress(`drawing ${name} ${i}/${count}`);
    }
    writeAtomicallyWith(path, (fd) => { for (const picture of pictures) writeFully(fd, picture); });
  }
  const bytes = readFileSync(path);
  return { count, at: (i) => bytes.subarray(i * imageBytes, (i + 1) * imageBytes) };
}

/** Pictures as [B, 3, 64, 64] float32, each level x mapped to x / 255 * scale + shift per channel. */
export function pixels(pictures: readonly Uint8Array[], scale: readonly number[] = [2, 2, 2], shift: readonly number[] = [-1, -1, -1]): Float32Array {
  const plane = frameSize * frameSize, out = new Float32Array(pictures.length * 3 * plane);
  pictures.forEach((picture, b) => {
    for (let c = 0; c < 3; c++) {
      const at = (b * 3 + c) * plane, factor = scale[c]! / 255, offset = shift[c]!;
      for (let i = 0; i < plane; i++) out[at + i] = picture[i * 3 + c]! * factor + offset;
    }
  });
  return out;
}
