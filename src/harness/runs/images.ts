/** A run folder's images, named by the sha256 of their bytes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../files/atomic.ts";
import { sha256 } from "../../files/sha256.ts";

/** Where a run folder keeps the PNG of a sha256. */
export const imageFile = (folder: string, hash: string): string => join(folder, "images", `${hash}.png`);

/** Keeps a PNG under its sha256, once, and gives that. */
export function saveImage(folder: string, png: Uint8Array): string {
  const hash = sha256(png), file = imageFile(folder, hash);
  if (!existsSync(file)) writeAtomically(file, png);
  return hash;
}
