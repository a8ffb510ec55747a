import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import type { Profile } from "../../src/harness/profile.ts";
import { ensureBenchmark } from "../../src/micro/benchmark.ts";
import type { Summary } from "../../src/harness/summary/types.ts";
import { tinyProfile } from "../harness/benchCobsat/tinyProfile.ts";

const tiny = vi.hoisted((): { profile?: Profile } => ({}));
vi.mock("../../src/harness/profiles/profileOf.ts", () => ({ profileOf: () => tiny.profile }));

let root: string, stdout = "", stderr = "", interrupt = false;
beforeAll(async () => {
  const datasets = ".cache/micro/cobsat/datasets";
  await ensureBenchmark(datasets);
  root = mkdtempSync(join(tmpdir(), "ablate-cli-"));
  tiny.profile = tinyProfile(root, datasets);
});
beforeEach(() => {
  stdout = stderr = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((stdout += text)));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    if (interrupt && String(text).startsWith("about ")) process.emit("SIGINT");
    return true;
  });
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => rmSync(root, { recursive: true }));

it("says how long it takes, stops at Ctrl-C, and the same command goes on to the summary", async () => {
  const out = join(root, "run"), ablate = (...more: string[]) => main(["ablate", "no-masking", "--tasks", "Color-I", "--samples", "1", "--seeds", "2", "--continue-with-other-code", "--out", out, ...more]);
  interrupt = true;
  expect(await ablate()).toBe(130);
  expect(stderr).toMatch(/^about .*4 trainings .*6 pictures/m);
  expect(stderr).toContain(`interrupted with 0 of 6 samples; the same command goes on from ${out}`);
  interrupt = false;
  stdout = stderr = "";
  expect(await ablate("--json")).toBe(0);
  const summary = JSON.parse(stdout) as Summary;
  expect(summary).toMatchObject({ kind: "ablation", complete: true, finished: 6 });
  expect([...new Set(summary.averages.map(({ arm, shots }) => `${arm}/${shots}`))].sort()).toEqual(["no-masking/2", "shuffled-features/2", "thinkdiff-lvlm/2", "untrained-aligner/2"]);
});
