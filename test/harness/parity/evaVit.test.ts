import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkEvaVitPack } from "../../../src/harness/parity/evaVit.ts";

test("BLIP-2's vision tower agrees with the reference pack, block by block", async () => {
  const rows = await checkEvaVitPack(fileURLToPath(new URL("../../oracle/eva-vit", import.meta.url)));
  expect(rows.map((row) => row.name.split(".out.")[1])).toEqual(["embeddings", "layer.0", "layer.1", "layer.2", "last_hidden_state", "halved_tokens", "pixel_values"]);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
