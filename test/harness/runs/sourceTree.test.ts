import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { presentMachine, presentVersions } from "../../../src/harness/runs/machine.ts";
import { sourceTreeHash } from "../../../src/harness/runs/sourceTree.ts";

it("sourceTreeHash changes with a file's content, its name and the locked versions, with nothing else", () => {
  const root = mkdtempSync(join(tmpdir(), "tree-"));
  try {
    mkdirSync(join(root, "src/a"), { recursive: true });
    writeFileSync(join(root, "src/a/x.ts"), "1");
    writeFileSync(join(root, "package-lock.json"), "{}");
    const seen = [sourceTreeHash(root)];
    const change = (work: () => void): void => { work(); seen.push(sourceTreeHash(root)); };
    change(() => writeFileSync(join(root, "src/a/x.ts"), "2"));
    change(() => renameSync(join(root, "src/a/x.ts"), join(root, "src/a/y.ts")));
    change(() => writeFileSync(join(root, "package-lock.json"), "{ }"));
    expect(new Set(seen).size).toBe(4);
    change(() => writeFileSync(join(root, "README.md"), "3"));
    expect(seen[4]).toBe(seen[3]);
  } finally {
    rmSync(root, { recursive: true });
  }
});

it("machine and versions are told", () => {
  expect(presentMachine().cores).toBeGreaterThan(0);
  expect(presentVersions()).toMatchObject({ node: process.versions.node, "chart.js": expect.stringMatching(/^4\./) as string, "@huggingface/tokenizers": expect.stringMatching(/^\d/) as string });
});
