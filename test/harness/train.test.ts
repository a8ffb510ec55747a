import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, expect, test } from "vitest";
import { baseline } from "../../src/ablations/index.ts";
import { microFeatureImages } from "../../src/harness/features/microImages.ts";
import { describeTraining, trainVariant } from "../../src/harness/train.ts";
import { executor, tinyProfile } from "./aligner/tinyProfile.ts";

const { folders, cache } = tinyProfile(), options = { executor, folders, cache, steps: 2, samples: { train: 4, heldOut: 2 }, experiment: baseline, images: microFeatureImages() };
afterAll(() => rmSync(dirname(cache), { recursive: true, force: true }));

test("trains on the micro world's pictures once, then finds what it trained", async () => {
  const trained = await trainVariant(options);
  expect(trained).toMatchObject({ reused: false, record: { arm: "thinkdiff-lvlm", steps: 2, divergedAt: null } });
  expect(describeTraining(trained)).toMatch(/^trained: .*\n2 steps, 372 parameters, .*\nloss \d+\.\d{3} to \d+\.\d{3}, held out \d+\.\d{3}$/);
  expect(describeTraining(await trainVariant(options))).toMatch(/^found: /);
});
