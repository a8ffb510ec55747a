/** Downloads published models into Hugging Face's cache: says how much, goes on where it was cut off, and keeps what is done if one repository fails. */
import { existsSync, mkdirSync, statfsSync } from "node:fs";
import { UserError } from "../../files/userError.ts";
import { fetchFile, isCached, listRepository, noteRevision, type Hub, type HubFile, type Listing } from "../../weights/hub/hub.ts";
import { groupBy } from "../groupBy.ts";
import type { PublishedModel } from "../profiles/paperModels.ts";
import { startProgress } from "../progress.ts";
import { directFiles, shardFiles } from "./neededFiles.ts";

export interface FetchOptions {
  readonly hub: Hub;
  readonly tell: (line: string) => void;
  /** Hash the files that are there, too. */
  readonly rehash?: boolean;
  /** Say what would be downloaded, and stop. */
  readonly dryRun?: boolean;
}

/** What became of one repository. */
export interface FetchedRepository {
  readonly repo: string;
  readonly commit?: string;
  readonly files: number;
  readonly bytes: number;
  readonly downloadedBytes: number;
  readonly error?: string;
}

interface Needed { readonly listing: Listing; readonly files: readonly HubFile[]; readonly missing: readonly HubFile[]; readonly gated: string | undefined }

const sum = (files: readonly HubFile[]): number => files.reduce((total, { size }) => total + size, 0);
const gigabytes = (bytes: number): string => (bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);

/** Lists a repository and settles what is needed of it; indices of shards are downloaded for that, and small files as a proof of access. */
async function neededOf(models: readonly PublishedModel[], { hub, rehash = false }: FetchOptions): Promise<Needed> {
  const { repo, revision, gated } = models[0]!, listing = await listRepository(hub, repo, revision, gated), chosen = new Map<string, HubFile>();
  for (const model of models) {
    const { files, index } = directFiles(model, listing);
    const shards = index === undefined ? [] : shardFiles(model, listing, await fetchFile(hub, listing, index, { gated }));
    for (const file of [...files, ...(index ? [index] : []), ...shards]) chosen.set(file.path, file);
  }
  const files = [...chosen.values()].sort((a, b) => a.size - b.size);
  await fetchFile(hub, listing, files[0]!, { gated });
  return { listing, files, missing: files.filter((file) => !isCached(hub, listing, file, rehash)), gated };
}

/** Throws where the cache's disk has not room for so many bytes. */
function checkRoom(cache: string, bytes: number): void {
  mkdirSync(cache, { recursive: true });
  const { bavail, bsize } = statfsSync(cache), free = bavail * bsize;
  if (free < bytes) throw new UserError(`${cache}: ${gigabytes(bytes)} are to be downloaded, ${gigabytes(free)} are free; make room, or set HF_HOME to a folder on another disk`);
}

/** Fetches the models, repository by repository; each one's fault is told in its entry and does not stop the others. */
export async function fetchModels(models: readonly PublishedModel[], options: FetchOptions): Promise<FetchedRepository[]> {
  const { hub, tell, rehash = false, dryRun = false } = options, failed: FetchedRepository[] = [], needed: Needed[] = [];
  for (const own of groupBy(models, ({ repo, revision }) => `${repo}@${revision}`).values()) {
    try {
      needed.push(await neededOf(own, options));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tell(error.message);
      failed.push({ repo: own[0]!.repo, files: 0, bytes: 0, downloadedBytes: 0, error: error.message });
    }
  }
  for (const { listing: { repo, commit }, files, missing } of needed) {
    tell(`${repo} at ${commit.slice(0, 8)}: ${files.length} files, ${gigabytes(sum(files))}; ${missing.length === 0 ? "all there" : `${gigabytes(sum(missing))} to download`}`);
  }
  const bytes = sum(needed.flatMap(({ missing }) => missing));
  const listed = failed.length === 0 ? "" : ` of the ${needed.length} repositories that could be listed`;
  if (needed.length > 0) tell(bytes === 0 ? `nothing to download${listed}; the files are in ${hub.cache}` : `${gigabytes(bytes)} to download${listed} to ${hub.cache}`);
  if (!dryRun && existsSync(hub.cache)) checkRoom(hub.cache, bytes);
  const progress = startProgress("download (MB)", Math.ceil(bytes / 1e6));
  let arrived = 0;
  const fetched: FetchedRepository[] = [];
  for (const { listing, files, missing, gated } of needed) {
    const { repo, commit } = listing, entry = { repo, commit, files: files.length, bytes: sum(files) };
    let downloadedBytes = 0;
    try {
      if (!dryRun) {
        for (const file of missing) {
          await fetchFile(hub, listing, file, { gated, rehash, onBytes: (count) => { downloadedBytes += count; progress.at((arrived += count) / 1e6 | 0); } });
        }
        noteRevision(hub, listing);
      }
      fetched.push({ ...entry, downloadedBytes });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      tell(error.message);
      fetched.push({ ...entry, downloadedBytes, error: error.message });
    }
  }
  progress.finish();
  return [...fetched, ...failed];
}
