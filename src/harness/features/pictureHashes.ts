/** What pictures hold, hashed: every file is read once for as long as it stays the same file. */
import { realpathSync, statSync } from "node:fs";
import { z } from "zod";
import { appendLines, readJsonLines } from "../../files/jsonLines.ts";
import { sha256 } from "../../files/sha256.ts";
import { startProgress } from "../progress.ts";
import { parseRecord } from "../runs/samples.ts";

/** Pictures of one file, as something reads their bytes. */
export interface PictureFile { readonly file: string; readonly pictures: readonly (() => Uint8Array)[] }

const schema = z.object({ file: z.string(), pictures: z.string() });

/** Lines written at once. */
const linesAtOnce = 256;

/** A file as it is now: where, how large, and when it or its name was last changed. */
function stateOf(file: string): string {
  const { dev, ino, size, mtimeMs, ctimeMs } = statSync(file);
  return JSON.stringify([realpathSync(file), dev, ino, size, mtimeMs, ctimeMs]);
}

/** SHA-256 of each file's pictures, in order; what was read before is known from `cache`, a file of JSON lines. */
export function pictureHashes(files: readonly PictureFile[], cache?: string): string[] {
  const known = new Map((cache === undefined ? [] : readJsonLines(cache, (line, place) => parseRecord(schema, line, place))).map(({ file, pictures }) => [file, pictures]));
  const states = files.map(({ file }) => stateOf(file)), total = files.filter((_, i) => !known.has(states[i]!)).reduce((sum, { pictures }) => sum + pictures.length, 0), unsaved: z.infer<typeof schema>[] = [];
  if (total === 0) return states.map((state) => known.get(state)!);
  const progress = startProgress("looking at pictures", total);
  const save = (): void => { if (cache !== undefined && unsaved.length > 0) appendLines(cache, unsaved.splice(0)); };
  try {
    return files.map(({ pictures }, i) => {
      const state = states[i]!, found = known.get(state);
      if (found !== undefined) return found;
      const hashes = pictures.map((read) => {
        progress.add(1);
        return sha256(read());
      });
      const hash = sha256(hashes.join("\n"));
      known.set(state, hash);
      unsaved.push({ file: state, pictures: hash });
      if (unsaved.length >= linesAtOnce || pictures.length >= linesAtOnce) save();
      return hash;
    });
  } finally {
    save();
    progress.finish();
  }
}
