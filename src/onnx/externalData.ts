/** How ONNX Runtime gets at weight files: in place where a hard link can be made, else from memory. */
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../files/userError.ts";

/** The most bytes Node reads into one buffer. */
const LARGEST_BUFFER = 2 ** 31 - 1;

/** A new folder below `parent` for one session's files; in the system's temporary folder where `parent` cannot be written. */
export async function sessionFolder(parent: string): Promise<string> {
  const name = randomUUID();
  try {
    const place = resolve(parent, name);
    await mkdir(place, { recursive: true });
    return place;
  } catch (error) {
    if (!["EROFS", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    const place = join(tmpdir(), "thinkdiff-sessions", name);
    await mkdir(place, { recursive: true });
    return place;
  }
}

/**
 * Makes weight files (path to the name the model refers to) available in `place` by hard links, which are inside it and copy nothing: ONNX Runtime
 * refuses external data outside the model's folder, links resolved. Returns the bytes of those that cannot be linked, for `externalData`.
 */
export async function placeWeights(files: ReadonlyMap<string, string>, place: string, makeLink: typeof link = link): Promise<{ readonly path: string; readonly data: Uint8Array }[]> {
  const inMemory: { path: string; data: Uint8Array }[] = [];
  for (const [file, name] of files) {
    const source = await realpath(file).catch((error: NodeJS.ErrnoException) => { throw new UserError(`${file}: cannot be opened (${error.code})`, 1, { cause: error }); });
    try {
      await makeLink(source, join(place, name));
    } catch (error) {
      const { size } = await stat(source), code = (error as NodeJS.ErrnoException).code;
      if (size > LARGEST_BUFFER) {
        throw new UserError(`${file}: is ${(size / 2 ** 30).toFixed(1)} GiB and cannot be hard-linked into ${place} (${code}), which files over 2 GiB need; set THINKDIFF_SESSIONS to a writable folder on the same disk as the file`, 1, { cause: error });
      }
      inMemory.push({ path: name, data: await readFile(source) });
    }
  }
  return inMemory;
}
