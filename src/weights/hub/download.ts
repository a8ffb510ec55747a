/** One file from the network, whole and right or not at all: what a cut connection left is gone on with. */
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeFully } from "../../files/atomic.ts";
import { UserError } from "../../files/userError.ts";
import type { Patience } from "./politeFetch.ts";

/** What a file's bytes have to be: its SHA-256, or the SHA-1 that git gives it. */
export interface Expected { readonly size: number; readonly algorithm: "sha256" | "git"; readonly hash: string }

export interface DownloadOptions extends Patience {
  readonly fetch: typeof fetch;
  /** Bytes that arrived, or less than none where some had to be given up. */
  readonly onBytes?: (bytes: number) => void;
}

/** An answer that no further attempt will change. */
export class RefusedError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "RefusedError";
    this.status = status;
  }
}

/** The hash of a file of any size, as `Expected` has it. */
export function hashFile(path: string, algorithm: Expected["algorithm"]): string {
  const hash = createHash(algorithm === "git" ? "sha1" : "sha256"), piece = Buffer.allocUnsafe(1 << 20), fd = openSync(path, "r");
  if (algorithm === "git") hash.update(`blob ${statSync(path).size}\0`);
  try {
    for (let read = readSync(fd, piece); read > 0; read = readSync(fd, piece)) hash.update(piece.subarray(0, read));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/** Appends what is missing of `path`; returns early where the connection breaks. Throws where the server refuses or sends too much. */
async function transfer(url: string, path: string, size: number, { fetch, onBytes = () => {} }: DownloadOptions): Promise<void> {
  const from = sizeOf(path), response = await fetch(url, from > 0 ? { headers: { Range: `bytes=${from}-` } } : {});
  if (response.status === 416) return onBytes(-from), rmSync(path);
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new RefusedError(response.status, `the server answers ${response.status} ${response.statusText}`.trim());
  }
  const goesOn = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${from}-`) === true;
  if (from > 0 && !goesOn) onBytes(-from);
  const fd = openSync(path, from > 0 && goesOn ? "a" : "w");
  let have = goesOn ? from : 0;
  try {
    for await (const piece of response.body) {
      if ((have += piece.length) > size) throw new RefusedError(200, `the server sends more than the ${size} bytes it announced`);
      writeFully(fd, piece);
      onBytes(piece.length);
    }
  } catch (error) {
    if (error instanceof RefusedError || (error as NodeJS.ErrnoException).code === "ENOSPC" || (error as Error).name === "AbortError") throw error;
  } finally {
    closeSync(fd);
  }
}

/** Downloads `url` to `path`, going on from `path`.incomplete; the file appears once its size and hash are right, else a UserError or RefusedError says why. */
export async function download(url: string, path: string, { size, algorithm, hash }: Expected, options: DownloadOptions): Promise<void> {
  const partial = `${path}.incomplete`, { waits, signal, onBytes = () => {} } = options;
  mkdirSync(dirname(path), { recursive: true });
  if (sizeOf(partial) > size) rmSync(partial);
  let wrong: string | undefined;
  for (let failures = 0; ;) {
    signal?.throwIfAborted();
    const before = sizeOf(partial);
    if (before < size || size === 0) await transfer(url, partial, size, options);
    const have = sizeOf(partial);
    if (have === size) {
      const found = hashFile(partial, algorithm);
      if (found === hash) return renameSync(partial, path);
      rmSync(partial);
      onBytes(-size);
      if (wrong !== undefined) throw new UserError(`${url}: has hash ${found}, expected ${hash}, twice; the bytes were thrown away. A proxy or mirror may be changing them: try another network or HF_ENDPOINT`);
      wrong = found;
    } else {
      failures = have > before ? 0 : failures + 1;
      const wait = waits[failures];
      if (wait === undefined) throw new UserError(`${url}: the connection breaks at byte ${have} of ${size}, again and again; the same command goes on from there`);
      await sleep(1000 * wait, undefined, signal ? { signal } : {});
    }
  }
}
