import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkLlavaPack } from "../../../src/harness/parity/llava.ts";

test("LLaVA agrees with the reference pack, layer by layer, padded and generating", async () => {
  const rows = await checkLlavaPack(fileURLToPath(new URL("../../oracle/llava", import.meta.url)));
  expect(rows).toHaveLength(2 * 6 + 2);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
