/** A hub that speaks Hugging Face's API, and its cache on this machine. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, linkSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { writeAtomically } from "../../files/atomic.ts";
import { countValues, MAX_VALUES } from "../../files/json.ts";
import { UserError } from "../../files/userError.ts";
import { bytesOf } from "../../http/ask.ts";
import { hubCache, isCommit, repoFolder, snapshotFolder } from "./cache.ts";
import { download, hashFile, RefusedError, type Expected } from "./download.ts";
import { patient, politeFetch, type Patience } from "./politeFetch.ts";

/** Where a hub is and how it is spoken to. */
export interface Hub extends Patience {
  readonly url: string;
  readonly cache: string;
  readonly offline: boolean;
  readonly token?: string;
}

/** A file of a repository; one that was found in the cache has no hash. */
export interface HubFile { readonly path: string; readonly size: number; readonly expected?: Expected }

/** A repository at one commit. */
export interface Listing { readonly repo: string; readonly revision: string; readonly commit: string; readonly files: readonly HubFile[] }

type Environment = Readonly<Record<string, string | undefined>>;

/** The hub of HF_ENDPOINT, HF_TOKEN (or the token that a login left in HF_HOME), HF_HUB_OFFLINE and HF_HOME. */
export function hubOf(env: Environment = process.env, patience: Patience = patient): Hub {
  const cache = hubCache(env), login = env["HF_TOKEN_PATH"] || join(env["HF_HOME"] || dirname(cache), "token");
  const token = env["HF_TOKEN"]?.trim() || (existsSync(login) ? readFileSync(login, "utf8").trim() : "");
  const url = (env["HF_ENDPOINT"] || "https://huggingface.co").replace(/\/+$/, "");
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new UserError(`HF_ENDPOINT: ${JSON.stringify(url)} is not an http(s) address`, 2);
  return { ...patience, url, cache, offline: /^(1|true|yes|on)$/i.test(env["HF_HUB_OFFLINE"] ?? ""), ...(token === "" ? {} : { token }) };
}

const fetchOf = (hub: Hub): typeof fetch => politeFetch(hub, hub.token === undefined ? undefined : { value: hub.token, origin: new URL(hub.url).origin });

/** A fetch whose answers, JSON all, have together no more values and each no more bytes than an answer of any server may: so no listing is endless. */
function counted(fetch: ReturnType<typeof fetchOf>): typeof fetch {
  let left = MAX_VALUES;
  return async (...request) => {
    const response = await fetch(...request), { status, statusText, headers } = response, bytes = await bytesOf(response);
    try {
      left -= countValues(bytes.toString("utf8"), left);
    } catch (error) {
      throw new Error(`its answers have more than ${MAX_VALUES} values`, { cause: error });
    }
    return new Response(bytes.length === 0 ? null : new Uint8Array(bytes), { status, statusText, headers });
  };
}

/** What a hub says, shortened, for a message. */
const shown = (said: unknown): string => JSON.stringify(said ?? null).slice(0, 200);

/** Throws unless a path stays inside its repository. */
function checkPath(repo: string, path: string): void {
  if (path === "" || /[\\:\0]/.test(path) || path.split("/").some((part) => part === "" || part === "." || part === "..")) {
    throw new UserError(`${repo}: the hub lists ${shown(path)}, which is no path inside the repository; nothing of it was written`);
  }
}

/** What a refusal means for a repository, in one line. */
function refusal(hub: Hub, repo: string, status: number, gated?: string): UserError {
  const terms = gated === undefined ? "" : `; it is gated: accept its terms at ${gated}`, token = "make a token at https://huggingface.co/settings/tokens";
  if (status === 401) return new UserError(hub.token === undefined
    ? `${repo}: ${hub.url} wants to know who asks (401)${terms}, ${token}, set HF_TOKEN to it, and run this again`
    : `${repo}: ${hub.url} does not take the token (401)${terms}, ${token} and set HF_TOKEN to it`);
  if (status === 403) return new UserError(`${repo}: ${hub.url} refuses this account or its token (403)${terms === "" ? "; use a token that may read it" : `${terms} with the account of HF_TOKEN, and let the token read gated repositories`}`);
  if (status === 404) return new UserError(`${repo}: ${hub.url} has no such repository, revision or file (404), or hides it from this account; check HF_ENDPOINT and HF_TOKEN`);
  return new UserError(`${repo}: ${hub.url} answers ${status}${status === 429 || status >= 500 ? " again and again; try later, the same command goes on" : ""}`);
}

/** Turns what a hub's refusal, or its absence, threw into a UserError; an interruption stays what it is. */
function explain(hub: Hub, repo: string, error: unknown, gated?: string): Error {
  if (error instanceof UserError || (error as Error).name === "AbortError") return error as Error;
  const status = error instanceof RefusedError && error.status !== 200 ? error.status : (error as { statusCode?: unknown }).statusCode;
  if (typeof status === "number") return refusal(hub, repo, status, gated);
  const { message, cause } = error as Error, code = (error as NodeJS.ErrnoException).code ?? (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOSPC") return new UserError(`${hub.cache}: the disk is full; make room or set HF_HOME to another disk, and run this again: what is there is kept`);
  return new UserError(`${repo}: ${hub.url} cannot be used (${[message, code].filter(Boolean).join(", ")}); check the network and HF_ENDPOINT, or set HF_HUB_OFFLINE=1 to use what is in the cache`, 1, { cause: error });
}

/** The files of a repository in the cache alone; a UserError where none are. */
export function cachedListing({ cache }: Hub, repo: string, revision: string): Listing {
  const folder = snapshotFolder(repo, revision, cache);
  if (folder === undefined) throw new UserError(`${repo}: ${cache} does not hold its revision ${revision}, and HF_HUB_OFFLINE is set; unset it to download`);
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => existsSync(join(folder, path)) && statSync(join(folder, path)).isFile());
  return { repo, revision, commit: folder.slice(-40), files: paths.map((path) => ({ path: path.split(sep).join("/"), size: statSync(join(folder, path)).size })) };
}

/** The files of a repository at a revision with their sizes and hashes, from the hub, or offline from the cache; refusals are a UserError that says what to do. */
export async function listRepository(hub: Hub, repo: string, revision: string, gated?: string): Promise<Listing> {
  if (hub.offline) return cachedListing(hub, repo, revision);
  const { listFiles, modelInfo } = await import("@huggingface/hub"), shared = { hubUrl: hub.url, fetch: counted(fetchOf(hub)) }, files: HubFile[] = [];
  try {
    const { sha: commit } = await modelInfo({ ...shared, name: repo, revision, additionalFields: ["sha"] });
    if (!isCommit(commit)) throw new UserError(`${repo}: ${hub.url} names ${shown(commit)} as the commit of ${revision}; expected 40 hexadecimal digits. Is it a Hugging Face hub?`);
    for await (const { type, path, size, lfs, oid } of listFiles({ ...shared, repo, revision: commit, recursive: true })) {
      if (type !== "file") continue;
      checkPath(repo, path);
      const expected: Expected = lfs ? { size: lfs.size, algorithm: "sha256", hash: lfs.oid } : { size, algorithm: "git", hash: oid ?? "" };
      if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(expected.hash) || !Number.isSafeInteger(expected.size)) throw new UserError(`${repo}: ${hub.url} lists ${shown(path)} without a size or hash`);
      files.push({ path, size: expected.size, expected });
    }
    return { repo, revision, commit, files };
  } catch (error) {
    throw explain(hub, repo, error, gated);
  }
}

const snapshotPath = ({ cache }: Hub, { repo, commit }: Listing, path: string): string => join(repoFolder(repo, cache), "snapshots", commit, path);

/** Whether the cache holds a file at its size; with `rehash`, at its hash too. */
export function isCached(hub: Hub, listing: Listing, { path, size, expected }: HubFile, rehash = false): boolean {
  const place = snapshotPath(hub, listing, path);
  return existsSync(place) && statSync(place).size === size && (!rehash || expected === undefined || hashFile(place, expected.algorithm) === expected.hash);
}

/** Links a snapshot's path to its blob, relative as Hugging Face does; where links are not allowed, by a hard link. */
function place(blob: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  try {
    symlinkSync(relative(dirname(path), blob), path);
  } catch {
    linkSync(blob, path);
  }
}

/** Puts a file into the cache and gives its path; one that is there already is not asked for. `rehash` checks those too, and downloads again what differs. */
export async function fetchFile(hub: Hub, listing: Listing, file: HubFile, { onBytes, rehash = false, gated }: { onBytes?: (bytes: number) => void; rehash?: boolean; gated?: string | undefined } = {}): Promise<string> {
  const { repo, commit } = listing, path = snapshotPath(hub, listing, file.path);
  if (isCached(hub, listing, file, rehash)) return path;
  if (file.expected === undefined || hub.offline) throw new UserError(`${repo}: ${file.path} is not in ${hub.cache}, and HF_HUB_OFFLINE is set; unset it to download`);
  const blob = join(repoFolder(repo, hub.cache), "blobs", file.expected.hash);
  try {
    if (existsSync(blob) && (statSync(blob).size !== file.size || (rehash && hashFile(blob, file.expected.algorithm) !== file.expected.hash))) rmSync(blob);
    if (!existsSync(blob)) {
      const url = `${hub.url}/${repo}/resolve/${commit}/${file.path.split("/").map(encodeURIComponent).join("/")}`;
      await download(url, blob, file.expected, { ...hub, fetch: fetchOf(hub), ...(onBytes ? { onBytes } : {}) });
    }
    place(blob, path);
    return path;
  } catch (error) {
    throw explain(hub, repo, error, gated);
  }
}

/** Notes which commit a branch stands for, once its files are there. */
export function noteRevision({ cache }: Hub, { repo, revision, commit }: Listing): void {
  if (revision !== commit) writeAtomically(join(repoFolder(repo, cache), "refs", revision), commit);
}
