/**
 * Lock files between processes, also on different machines that share a folder. A lock names its owner, so that one left by a
 * killed process of this machine is recognised (its process is gone, or is another of the same number) and taken over.
 */
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { UserError } from "../../files/userError.ts";

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, where the system tells. */
  readonly began: string | null;
}

/** When a process of this machine began, in the kernel's ticks; null where /proc does not say. */
function beginningOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  return runs(owner.pid) && (owner.began === null || owner.began === beginningOf(owner.pid));
}

/** Who holds the lock file, in words; undefined where nobody does or its process is gone. A file still being written counts as held for five seconds. */
export function lockHolder(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
    const owner = JSON.parse(text) as Owner;
    return isAlive(owner) ? `process ${owner.pid} on ${owner.host}` : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    try {
      return Date.now() - statSync(path).mtimeMs < 5000 ? "a starting process" : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Takes the lock file, or tells who holds it. */
export function takeLock(path: string): string | undefined {
  for (;;) {
    try {
      const fd = openSync(path, "wx");
      try {
        writeSync(fd, JSON.stringify({ pid: process.pid, host: hostname(), began: beginningOf(process.pid) } satisfies Owner));
      } catch (error) {
        rmSync(path, { force: true });
        throw error;
      } finally {
        closeSync(fd);
      }
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = lockHolder(path);
    if (holder !== undefined) return holder;
    const stale = `${path}.${process.pid}.tmp`;
    try {
      renameSync(path, stale);
      if (lockHolder(stale) !== undefined) linkSync(stale, path);  // another process took the stale lock over just before the rename: it is its own
      rmSync(stale, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/** Gives the lock file back. */
export const giveLock = (path: string): void => rmSync(path, { force: true });

/** Runs a short piece of work while holding the lock file, waiting up to a minute for it; throws a UserError naming a holder that does not let go. */
export function whileLocked<T>(path: string, work: () => T): T {
  const deadline = Date.now() + 60_000;
  for (let holder = takeLock(path); holder !== undefined; holder = takeLock(path)) {
    if (Date.now() > deadline) throw new UserError(`${path}: held by ${holder} for over a minute; stop that process, or remove this file if it is gone`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
  try {
    return work();
  } finally {
    giveLock(path);
  }
}
