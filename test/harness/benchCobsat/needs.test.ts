import { join } from "node:path";
import { expect, it } from "vitest";
import { baseline, type DrawnArm } from "../../../src/harness/benchCobsat/arms.ts";
import { promptBlocks } from "../../../src/harness/benchCobsat/blocks.ts";
import { neededModels } from "../../../src/harness/benchCobsat/needs.ts";
import { requestOf } from "../../../src/harness/benchCobsat/options.ts";
import { microProfile } from "../../../src/harness/profile.ts";
import type { ModelCopy } from "../../../src/micro/pretraining/copies.ts";

const out = join(import.meta.dirname, "no run"), copy = (made: boolean): ModelCopy => ({ name: "a copy", folder: "nowhere", steps: 1, batch: 1, taken: () => 0, undrawn: () => 0, made: () => made, make: async () => {} });

/** What drawing one arm needs. */
function needs(arm: DrawnArm): string[] {
  const request = requestOf({ profile: microProfile, shots: [2], tasks: [1], samples: 1, arms: ["text-bridge"], stage: "generate", out }), plan = request.plan.map((cell) => ({ ...cell, arm: arm.name }));
  return [...neededModels({ profile: microProfile, request, arms: [arm], blocks: promptBlocks(plan, 1), retrain: false, trainings: () => [] })].sort();
}

it("takes FLUX's copies for what they are: one that is made draws without FLUX, one to be made is made from FLUX and T5", () => {
  const condition = { kind: "lvlm-text" } as const, own = ["clip", "flux", "lvlm", "t5-text", "vae"];
  expect(needs({ name: "bridge", condition })).toEqual(own);
  expect(needs({ name: "bridge", condition, flux: copy(false) })).toEqual([...own, "t5"].sort());
  expect(needs({ name: "bridge", condition, flux: copy(true) })).toEqual(own.filter((role) => role !== "flux"));
  expect(needs({ name: baseline, by: "server", condition })).toEqual(["lvlm"]);
});
