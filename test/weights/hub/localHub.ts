import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Files of one repository by path. */
export type Files = Readonly<Record<string, Buffer | string>>;

export interface LocalHub {
  readonly url: string;
  /** Every request since the start: "GET /path", with its range. */
  readonly requests: string[];
  /** May answer a request itself: true where it did. */
  fault: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Changes what a listing says of a file. */
  alter: (entry: Record<string, unknown>) => Record<string, unknown>;
  close(): Promise<void>;
}

export const commitOf = (repo: string): string => createHash("sha1").update(repo).digest("hex");
const gitHash = (bytes: Buffer): string => createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");

/** A server on this machine that answers as the hub does: repositories, their trees, files with ranges; weights as LFS. */
export async function localHub(repositories: Readonly<Record<string, Files>>): Promise<LocalHub> {
  const server = createServer((request, response) => {
    hub.requests.push(`${request.method} ${request.url}${request.headers.range ? ` ${request.headers.range}` : ""}`);
    if (hub.fault(request, response)) return;
    const path = decodeURIComponent(new URL(request.url!, "http://hub").pathname);
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void => void response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
    const [, info] = /^\/api\/models\/(.+)\/revision\/[^/]+$/.exec(path) ?? [], [, tree] = /^\/api\/models\/(.+)\/tree\/[0-9a-f]{40}$/.exec(path) ?? [];
    if (info !== undefined) return repositories[info] ? answer(200, { _id: "1", id: info, sha: commitOf(info), lastModified: "2024-01-01" }) : answer(404, { error: "Repository not found" });
    if (tree !== undefined) {
      return answer(200, Object.entries(repositories[tree]!).map(([name, content]) => {
        const bytes = Buffer.from(content), large = /\.(safetensors|bin)$/.test(name);
        return hub.alter({ type: "file", path: name, size: bytes.length, oid: gitHash(bytes), ...(large ? { lfs: { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length, pointerSize: 130 } } : {}) });
      }));
    }
    const [, repo, , name] = /^\/([^/]+\/[^/]+)\/resolve\/([0-9a-f]{40})\/(.+)$/.exec(path) ?? [], content = repositories[repo ?? ""]?.[name ?? ""];
    if (content === undefined) return answer(404, { error: "Entry not found" });
    const bytes = Buffer.from(content), from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200, { "Content-Length": bytes.length - from, ...(from > 0 ? { "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}) }).end(bytes.subarray(from));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const hub: LocalHub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: [], fault: () => false, alter: (entry) => entry,
    close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }),
  };
  return hub;
}
