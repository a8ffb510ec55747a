import type { ArgumentsCamelCase, Argv } from "yargs";
import { printable } from "../files/userError.ts";

/** What a command may ask of the process around it. */
export interface Context {
  /** The signal that Ctrl-C aborts; a command that asks for it ends by itself, any other one is ended at once. */
  interruptible(): AbortSignal;
}

/** One command: its usage as yargs reads it, and its work, which returns the exit code. */
export interface Command {
  readonly usage: string;
  readonly describe: string;
  build(yargs: Argv): Argv;
  run(args: ArgumentsCamelCase, context: Context): Promise<number>;
}

/** Commands under a common word. */
export interface Group {
  readonly usage: string;
  readonly describe: string;
  readonly commands: readonly Command[];
}

/** A command whose work sees its options' types. */
export function command<Options>(definition: {
  readonly usage: string;
  readonly describe: string;
  readonly build: (yargs: Argv) => Argv<Options>;
  readonly run: (args: ArgumentsCamelCase<Options>, context: Context) => Promise<number>;
}): Command {
  return definition as unknown as Command;
}

/** Writes a line to stdout, control characters as their codes. */
export const print = (line: string): void => void process.stdout.write(`${printable(line)}\n`);

/** Writes a line to stderr, where progress goes, control characters as their codes. */
export const tell = (line: string): void => void process.stderr.write(`${printable(line)}\n`);

/** Writes a summary to stdout as JSON, which leaves control characters from U+007F on as they are: they are escaped, too. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2).replace(/[\x7f-\x9f]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`));
