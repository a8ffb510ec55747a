import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { UserError } from "./userError.ts";

/** Reads `length` bytes at `position` of an open file; throws a UserError naming `path` where the file ends early. */
export function readExactly(fd: number, path: string, position: number, length: number): ArrayBuffer {
  const buffer = new ArrayBuffer(length), bytes = new Uint8Array(buffer);
  for (let done = 0; done < length;) {
    const read = readSync(fd, bytes, done, Math.min(length - done, 1 << 30), position + done);
    if (read === 0) throw new UserError(`${path}: ends at byte ${position + done}, expected ${length} bytes from byte ${position}; download or write it again`);
    done += read;
  }
  return buffer;
}

/** Opens a file for `use` and closes it after; a missing or unreadable file is a UserError of one line. */
export function withFile<T>(path: string, use: (fd: number, size: number) => T): T {
  let fd: number;
  try {
    // Looked at before it is opened: to open a pipe would wait for somebody to write.
    const stat = statSync(path);
    if (!stat.isFile()) throw new UserError(`${path}: expected a file, found ${stat.isDirectory() ? "a folder" : "something else"}`);
    fd = openSync(path, "r");
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new UserError(`${path}: ${code === "ENOENT" ? "no such file" : `cannot be opened (${code})`}`, 1, { cause: error });
  }
  try {
    return use(fd, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}
