import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkAutoencoderPack } from "../../../src/harness/parity/autoencoder.ts";

test("AutoencoderKL agrees with the reference pack", async () => {
  const rows = await checkAutoencoderPack(fileURLToPath(new URL("../../oracle/autoencoder-kl", import.meta.url)));
  expect(rows.map((row) => row.name)).toEqual(["encode.out.mean", "encode.out.logvar", "encode.out.scaled_mean", "decode.out.image"]);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
