import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../files/sha256.ts";

/** SHA-256 over the paths and contents of every file below `root`/src and of its package-lock.json: the code and the versions it runs on. */
export function sourceTreeHash(root: string): string {
  const files = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith(".") && !entry.name.endsWith(".tmp"))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1).replaceAll("\\", "/"));
  const rows = [...files, "package-lock.json"].sort().map((file) => `${file}\0${sha256(readFileSync(join(root, file)))}\n`);
  return sha256(rows.join(""));
}
