import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { exportPth } from "../../../src/harness/aligner/exportPth.ts";
import { inspect } from "../../../src/harness/inspect/inspect.ts";
import { openCheckpoint, readCheckpointTensor } from "../../../src/weights/checkpoint.ts";
import { openPth } from "../../../src/weights/pth.ts";

const folder = mkdtempSync(join(tmpdir(), "export-")), out = join(folder, "aligner.pth");
afterAll(() => rmSync(folder, { recursive: true }));

it("the shipped aligner, saved as the authors', is the same aligner", () => {
  const names = exportPth("assets/micro/aligner", out), want = openCheckpoint("assets/micro/aligner"), found = openCheckpoint(out);
  expect(names).toEqual([...want.tensors.keys()].sort());
  for (const name of names) expect(readCheckpointTensor(found, name)).toEqual(readCheckpointTensor(want, name));
  expect(openPth(out).scalars).toEqual(new Map([["epoch", 0]]));
  const { model, comparisons } = inspect(out);
  expect([model, comparisons.map(({ difference }) => difference.lines)]).toEqual(["aligner", [[]]]);
});

it("anything else is refused by the first name that is no aligner's", () => {
  expect(() => exportPth("test/oracle/t5", join(folder, "no.pth"))).toThrow(/test\/oracle\/t5: holds decoder\.\S+; expected an aligner's, mm_projector/);
});
