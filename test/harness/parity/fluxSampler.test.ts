import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { checkFluxSamplerPack } from "../../../src/harness/parity/fluxSampler.ts";

test("FLUX's sampler agrees with the reference pack from noise to image", async () => {
  const rows = await checkFluxSamplerPack(fileURLToPath(new URL("../../oracle/flux-sampler", import.meta.url)));
  expect(rows).toHaveLength(21);
  expect(rows.filter((row) => !row.ok)).toEqual([]);
});
