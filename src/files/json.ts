import { z } from "zod";
import { readExactly, withFile } from "./read.ts";
import { UserError } from "./userError.ts";

/** Far above any published file; a tokenizer's takes 35 MB at most. */
export const MAX_BYTES = 256 << 20;

/** Why something failed, in one line: what a schema found, or an error's message. */
export const reasonOf = (error: unknown): string => (error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, " ");

/** A whole file's bytes; a UserError where it is missing, no file, or larger than `most`. */
export function readWhole(path: string, most = MAX_BYTES): Buffer {
  return withFile(path, (fd, size) => {
    if (size > most) throw new UserError(`${path}: has ${size} bytes, more than ${most}`);
    return Buffer.from(readExactly(fd, path, 0, size));
  });
}

/** JSON takes up to 30 times its bytes once parsed; configurations, indices and records have less than 1 MB. */
const MAX_JSON_BYTES = 4 << 20;

/** A JSON file's value; a UserError of one line, `remedy` last, where it is missing, larger than `most` bytes or broken. */
export function readJson(path: string, remedy = "fetch or restore the file", most = MAX_JSON_BYTES): unknown {
  try {
    return JSON.parse(readWhole(path, most).toString("utf8"));
  } catch (error) {
    throw new UserError(error instanceof UserError ? `${error.message}; ${remedy}` : `${path}: not JSON (${reasonOf(error)}); ${remedy}`, 1, { cause: error });
  }
}

/** A JSON file as `parse` takes it; a UserError of one line names the file and what is wrong with it. */
export function readJsonAs<T>(path: string, parse: (json: unknown) => T, remedy?: string): T {
  const json = readJson(path, remedy);
  try {
    return parse(json);
  } catch (error) {
    throw new UserError(`${path}: ${reasonOf(error)}`, 1, { cause: error });
  }
}
