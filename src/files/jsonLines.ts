/** Append-only files of one JSON value per line, which survive a kill in the middle of a line. */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import { writeFully } from "./atomic.ts";
import { countValues, jsonFault, MAX_JSON_BYTES, reasonOf } from "./json.ts";
import { withFile } from "./read.ts";
import { UserError } from "./userError.ts";

const NEWLINE = 10, remedy = "mend or remove that line";

/** Of a whole file: four times those of all samples of a run of six arms, or of 20 trainings' losses. */
const MAX_FILE_VALUES = 1 << 24;

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

/** Appends each value as a line, all in one write, and syncs them to disk, creating file and folder; a torn last line left by a kill is cut off first; a UserError where one is too large to be read back. */
export function appendLines(path: string, values: readonly unknown[]): void {
  const lines = Buffer.concat(values.map((value) => {
    const line = Buffer.from(`${JSON.stringify(value)}\n`, "utf8");
    if (line.length > MAX_JSON_BYTES) throw new UserError(`${path}: a line of ${line.length} bytes is to be added, more than ${MAX_JSON_BYTES}; nothing was written`);
    return line;
  }));
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

/** A file's whole lines, read in pieces, the torn one behind the last newline left out; a UserError names a line of too many bytes. */
function* linesOf(fd: number, path: string): Generator<string> {
  const piece = Buffer.allocUnsafe(1 << 20);
  let torn: Buffer = Buffer.alloc(0), line = 1;
  const fit = (bytes: number): void => {
    if (bytes > MAX_JSON_BYTES) throw new UserError(`${path}: line ${line}: has more than ${MAX_JSON_BYTES} bytes; ${remedy}`);
  };
  for (let read = readSync(fd, piece); read > 0; read = readSync(fd, piece)) {
    const bytes = Buffer.concat([torn, piece.subarray(0, read)]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      fit(end - start);
      yield bytes.toString("utf8", start, end);
      start = end + 1;
      line++;
    }
    torn = bytes.subarray(start);
    fit(torn.length);
  }
}

/**
 * What `parse` makes of each line's value and place, [] where there is no file; a torn last line (no newline) is dropped. A line that is broken,
 * too large, of too many values or refused by `parse` is a UserError with its number; lines behind it are not read.
 */
export function readJsonLines<T>(path: string, parse: (value: unknown, place: string) => T): T[] {
  if (!existsSync(path)) return [];
  return withFile(path, (fd) => {
    const parsed: T[] = [];
    let values = 0;
    for (const line of linesOf(fd, path)) {
      const place = `${path}: line ${parsed.length + 1}`;
      let value: unknown;
      try {
        values += countValues(line);
        value = JSON.parse(line);
      } catch (error) {
        throw new UserError(`${place}: ${jsonFault(error)}; ${remedy}`, 1, { cause: error });
      }
      if (values > MAX_FILE_VALUES) throw new UserError(`${place}: up to here the file has more than ${MAX_FILE_VALUES} values; remove the lines that do not belong there`);
      try {
        parsed.push(parse(value, place));
      } catch (error) {
        throw error instanceof UserError ? error : new UserError(`${place}: ${reasonOf(error)}; ${remedy}`, 1, { cause: error });
      }
    }
    return parsed;
  });
}
