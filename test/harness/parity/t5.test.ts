import { expect, test } from "vitest";
import { checkT5Pack } from "../../../src/harness/parity/t5.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";

test("T5 agrees with its reference pack", async () => {
  const rows = await checkT5Pack("test/oracle/t5", ortExecutor({ threads: 1 }));
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
