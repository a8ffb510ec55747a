import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, cpus, platform, release, totalmem } from "node:os";
import { z } from "zod";

/** The machine a sitting ran on. */
export const machineSchema = z.strictObject({ platform: z.string(), arch: z.string(), cpu: z.string(), cores: z.int(), memoryBytes: z.int() });

export type Machine = z.infer<typeof machineSchema>;

/** The present machine: system, processor, logical cores, memory in bytes. */
export function presentMachine(): Machine {
  const processors = cpus();
  return { platform: `${platform()} ${release()}`, arch: arch(), cpu: processors[0]?.model.trim() ?? "unknown", cores: processors.length, memoryBytes: totalmem() };
}

/** Versions of Node and of the project's libraries as installed, by package name. */
export function presentVersions(): Record<string, string> {
  const { resolve } = createRequire(import.meta.url);
  const own = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { name: string; version: string; dependencies: Record<string, string> };
  const versions: Record<string, string> = { node: process.versions.node, [own.name]: own.version };
  for (const name of Object.keys(own.dependencies)) {
    const manifest = resolve.paths(name)?.map((folder) => `${folder}/${name}/package.json`).flatMap((path) => {
      try {
        return [readFileSync(path, "utf8")];
      } catch {
        return [];
      }
    })[0];
    if (manifest !== undefined) versions[name] = (JSON.parse(manifest) as { version: string }).version;
  }
  return versions;
}
