import { createInterface } from "node:readline/promises";

/** Asks the person at the terminal whether to go on; anything but y or yes is no. */
export async function askPerson(estimate: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${estimate}. Go on? [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
