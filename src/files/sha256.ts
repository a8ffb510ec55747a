import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";

/** SHA-256 of bytes, or of text as UTF-8, in lower-case hexadecimal. */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** SHA-256 of a file of any size, read in pieces of 1 MiB, in lower-case hexadecimal. */
export function sha256File(path: string): string {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(1 << 20);
  const fd = openSync(path, "r");
  try {
    for (let read = readSync(fd, piece); read > 0; read = readSync(fd, piece)) hash.update(piece.subarray(0, read));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}

const known = new Map<string, string>();

/** sha256File, each file read once a process for as long as its place, size and time stay the same: for weights, which are gigabytes. */
export function sha256FileOnce(path: string): string {
  const { dev, ino, size, mtimeMs } = statSync(path), key = [dev, ino, size, mtimeMs].join(), found = known.get(key) ?? sha256File(path);
  known.set(key, found);
  return found;
}
