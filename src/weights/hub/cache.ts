/**
 * Hugging Face's cache on this machine, shared with its Python libraries: `models--owner--name/` holds refs/<branch> (a commit),
 * blobs/<hash> (the bytes) and snapshots/<commit>/<path> (links to the blobs).
 */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** The cache's folder: HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, or "hub" in HF_HOME, by default ~/.cache/huggingface. */
export function hubCache(env: Environment = process.env): string {
  return env["HF_HUB_CACHE"] || env["HUGGINGFACE_HUB_CACHE"] || join(env["HF_HOME"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "huggingface"), "hub");
}

/** The folder of a model's repository ("owner/name") in a cache. */
export const repoFolder = (repo: string, cache: string = hubCache()): string => join(cache, `models--${repo.replaceAll("/", "--")}`);

/** Whether a revision is a commit, which never changes its content. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** The folder that holds a revision's files, of those that were downloaded; undefined where there are none. */
export function snapshotFolder(repo: string, revision = "main", cache: string = hubCache()): string | undefined {
  const folder = repoFolder(repo, cache), ref = join(folder, "refs", revision);
  const commit = isCommit(revision) ? revision : existsSync(ref) ? readFileSync(ref, "utf8").trim() : "";
  const snapshot = join(folder, "snapshots", commit);
  return isCommit(commit) && existsSync(snapshot) ? snapshot : undefined;
}
