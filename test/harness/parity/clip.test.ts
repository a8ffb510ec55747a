import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkClipPack } from "../../../src/harness/parity/clip.ts";

test("CLIP agrees with the reference pack, block by block and by either pooling rule", async () => {
  const rows = await checkClipPack(fileURLToPath(new URL("../../oracle/clip", import.meta.url)));
  expect(rows).toHaveLength(2 * 12 + 2 + 1);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
