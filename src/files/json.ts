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

/** Configurations, indices and records have less than 1 MB, a line of records 0.4 MB at most. */
export const MAX_JSON_BYTES = 4 << 20;

/** Beside its text a parsed value takes up to 200 bytes (an object with a name of its own): together they take 200 MiB at most. */
export const MAX_VALUES = MAX_JSON_BYTES / 4;

/** A JSON text has more values than may be parsed. */
export class TooManyValues extends Error {}

/** How many values a JSON text has, empty lists and objects counted twice; a TooManyValues over `most`. */
export function countValues(json: string, most = MAX_VALUES): number {
  let values = 1, inString = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (inString) {
      if (character === "\\") i++;
      else inString = character !== '"';
    } else if (character === '"') inString = true;
    else if ((character === "," || character === "[" || character === "{") && ++values > most) throw new TooManyValues(`has more than ${most} values`);
  }
  return values;
}

/** A JSON text's value; a TooManyValues over `most`, before any is made, and a SyntaxError where it is broken. */
export function parseJson(json: string, most = MAX_VALUES): unknown {
  countValues(json, most);
  return JSON.parse(json);
}

/** What is wrong with a JSON text that parseJson does not take. */
export const jsonFault = (error: unknown): string => (error instanceof TooManyValues ? error.message : `not JSON (${reasonOf(error)})`);

/** A JSON file's value; a UserError of one line, `remedy` last, where it is missing, larger than `most` bytes, of more values than a quarter of that, or broken. */
export function readJson(path: string, remedy = "fetch or restore the file", most = MAX_JSON_BYTES): unknown {
  try {
    return parseJson(readWhole(path, most).toString("utf8"), most / 4);
  } catch (error) {
    throw new UserError(`${error instanceof UserError ? error.message : `${path}: ${jsonFault(error)}`}; ${remedy}`, 1, { cause: error });
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
