import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkFluxPack } from "../../../src/harness/parity/flux.ts";

test("the FLUX transformer agrees with the reference pack, block by block and in its gradient", async () => {
  const rows = await checkFluxPack(fileURLToPath(new URL("../../oracle/flux-transformer", import.meta.url)));
  expect(rows).toHaveLength(24);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
