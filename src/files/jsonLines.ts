/** Append-only files of one JSON value per line, which survive a kill in the middle of a line. */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { writeFully } from "./atomic.ts";
import { UserError } from "./userError.ts";

const NEWLINE = 10;

/** Where the last whole line ends: the position after the last newline, 0 without any. */
function endOfWholeLines(fd: number, size: number): number {
  const piece = Buffer.allocUnsafe(4096);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - piece.length);
    const read = readSync(fd, piece, 0, end - start, start);
    const newline = piece.subarray(0, read).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

/** Appends each value as a line, all in one write, and syncs them to disk, creating file and folder; a torn last line left by a kill is cut off first. */
export function appendLines(path: string, values: readonly unknown[]): void {
  const lines = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(""), "utf8");
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, "a+");
  try {
    const { size } = fstatSync(fd);
    const whole = endOfWholeLines(fd, size);
    if (whole < size) ftruncateSync(fd, whole);
    try {
      writeFully(fd, lines);
      fsyncSync(fd);
    } catch (error) {
      ftruncateSync(fd, whole);  // a full disk: give back the half line, or the lines before it
      throw error;
    }
  } finally {
    closeSync(fd);
  }
}

/** Appends one value as `appendLines` does. */
export function appendLine(path: string, value: unknown): void {
  appendLines(path, [value]);
}

/** The values of a JSON-lines file, [] if there is none; a torn last line (no newline) is dropped, a broken inner one is a UserError with its number. */
export function readJsonLines(path: string): unknown[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const lines = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1).toString("utf8").split("\n").slice(0, -1);
  return lines.map((line, i) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      throw new UserError(`${path}: line ${i + 1} is not JSON (${(error as Error).message}); mend or remove that line`, 1, { cause: error });
    }
  });
}
