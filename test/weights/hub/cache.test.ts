import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hubCache, repoFolder, snapshotFolder } from "../../../src/weights/hub/cache.ts";

const cache = mkdtempSync(join(tmpdir(), "hub-cache-"));
afterAll(() => rmSync(cache, { recursive: true }));

describe("hubCache", () => {
  it.each([
    [{ HF_HUB_CACHE: "/a", HF_HOME: "/b" }, "/a"],
    [{ HUGGINGFACE_HUB_CACHE: "/c", HF_HOME: "/b" }, "/c"],
    [{ HF_HOME: "/b", XDG_CACHE_HOME: "/d" }, "/b/hub"],
    [{ HF_HOME: "", XDG_CACHE_HOME: "/d" }, "/d/huggingface/hub"],
    [{}, join(homedir(), ".cache/huggingface/hub")],
  ])("%j is %s", (env, folder) => expect(hubCache(env)).toBe(folder));
});

describe("snapshotFolder", () => {
  it("follows a branch to its commit, and takes a commit as it is", () => {
    const commit = "0123456789abcdef0123456789abcdef01234567", repo = repoFolder("owner/name", cache);
    expect(snapshotFolder("owner/name", "main", cache)).toBeUndefined();
    mkdirSync(join(repo, "refs"), { recursive: true });
    writeFileSync(join(repo, "refs/main"), `${commit}\n`);
    expect(snapshotFolder("owner/name", "main", cache)).toBeUndefined();
    mkdirSync(join(repo, "snapshots", commit), { recursive: true });
    expect(snapshotFolder("owner/name", "main", cache)).toBe(join(cache, "models--owner--name/snapshots", commit));
    expect(snapshotFolder("owner/name", commit, cache)).toBe(snapshotFolder("owner/name", "main", cache));
  });

  it("does not leave the cache for a ref that is no commit", () => {
    writeFileSync(join(repoFolder("owner/name", cache), "refs/main"), "../../..");
    expect(snapshotFolder("owner/name", "main", cache)).toBeUndefined();
  });
});
