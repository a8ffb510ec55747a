/**
 * Files written whole or not at all: the bytes go to a temporary file in the same folder, reach the disk, and take
 * the final name by rename. A full disk or a kill leaves the old file; a kill may leave a `.tmp` file beside it.
 */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Writes all bytes at the file's current position, however few each system call takes. */
export function writeFully(fd: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, Math.min(bytes.length - done, 1 << 30));
}

/** Makes a rename or a new name in `folder` last through a power cut; file systems that cannot are left alone. */
function syncFolder(folder: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(folder, "r");
    fsyncSync(fd);
  } catch {
    // Windows and some network file systems refuse to open or sync a folder; the rename itself has been done.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Gives `path` the content that `write` puts in the open file, creating its folder; on any error the old file stays as it was. */
export function writeAtomicallyWith(path: string, write: (fd: number) => void): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`);
  const fd = openSync(temporary, "wx");
  try {
    try {
      write(fd);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(folder);
}

/** Writes `content` (bytes, or text as UTF-8) to `path` whole or not at all, creating its folder. */
export function writeAtomically(path: string, content: Uint8Array | string): void {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  writeAtomicallyWith(path, (fd) => writeFully(fd, bytes));
}
