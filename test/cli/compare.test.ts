import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import { openRun } from "../../src/harness/runs/run.ts";
import { syntheticSamples } from "../harness/claims/synthetic.ts";
import { fixtureIdentity, fixturePlan } from "../harness/fixtureRun.ts";

let root: string, stdout = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "compare-"));
  for (const [name, rate] of [["first", 0], ["second", 1]] as const) {
    const run = openRun(join(root, name), fixtureIdentity(), { arguments: {}, plan: fixturePlan(["text-bridge"], ["Color-I"], 6, [2]) });
    run.appendSamples(syntheticSamples({ arm: "text-bridge", rate, tasks: ["Color-I"], prompts: 6 }));
    run.close();
  }
});
beforeEach(() => {
  stdout = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((stdout += text)));
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => rmSync(root, { recursive: true }));

it("prints a table, or the comparison alone with --json", async () => {
  const folders = [join(root, "first"), join(root, "second")];
  expect(await main(["compare", ...folders])).toBe(0);
  expect(stdout).toMatch(/^text-bridge +2 +6 +0\.0 +100\.0 +\+100\.0 /m);
  stdout = "";
  expect(await main(["compare", ...folders, "--json"])).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ folders, arms: [{ arm: "text-bridge", shots: 2, n: 6, first: 0, second: 1, effect: 1 }], differences: [] });
});
