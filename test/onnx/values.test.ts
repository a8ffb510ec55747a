import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "values-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(process.platform !== "linux")("runs of one shape take the memory of the values that are alive at once, and not twice that", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", join(import.meta.dirname, "values.child.ts"), folder], { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  const { grown, alive } = JSON.parse(stdout) as { grown: number; alive: number };
  expect(grown / alive).toBeGreaterThan(0.8); // so that the measure can tell
  expect(grown / alive).toBeLessThan(1.3);
}, 60_000);
