import { expect, test } from "vitest";
import { checkAlignerPack } from "../../../src/harness/parity/aligner.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";

test("ten steps of aligner training agree with the reference pack, with every norm", async () => {
  const rows = await checkAlignerPack("test/oracle/aligner-training", ortExecutor({ threads: 1 }));
  expect(rows.length).toBe(3 + 3 * 18 + 15);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
