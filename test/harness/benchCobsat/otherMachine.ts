import { cpSync, existsSync, mkdtempSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { ModelRole, Profile } from "../../../src/harness/profile.ts";

/** Pictures to train on that are not on a machine. */
export const noPictures = { get identity(): string { throw new Error("no pictures here"); }, get captions(): string { throw new Error("no pictures here"); }, image: () => Promise.reject(new Error("no pictures here")), caption: (): string => { throw new Error("no pictures here"); } };

/** Works on a run on another machine, a folder within `root`: it has copies of these models and nothing else, the run folder is brought there and taken back. */
export async function onOtherMachine<T>(root: string, profile: Profile, run: string, roles: readonly ModelRole[], work: (there: Profile, out: string) => Promise<T>): Promise<T> {
  const machine = mkdtempSync(join(root, "machine-")), none = join(machine, "not here"), out = join(machine, "run");
  const models = Object.fromEntries((Object.keys(profile.models) as ModelRole[]).map((role) => [role, join(roles.includes(role) ? machine : none, role)])) as Record<ModelRole, string>;
  for (const role of roles) cpSync(profile.models[role], models[role], { recursive: true });
  if (existsSync(run)) renameSync(run, out);
  try {
    return await work({ ...profile, models, cache: join(machine, "cache") }, out);
  } finally {
    if (existsSync(out)) renameSync(out, run);
  }
}
