/**
 * The micro path from features to verdicts on one device, for a handful of samples, with the shipped aligner; then a few steps of an aligner's training, which go to <run folder>/trained.
 * `node --import tsx microPath.ts <device> <run folder> <cache of the training's features>`.
 */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { baseline } from "../../../src/ablations/baseline.ts";
import { trainAligner } from "../../../src/harness/aligner/trainAligner.ts";
import { benchCobsat } from "../../../src/harness/benchCobsat/benchCobsat.ts";
import { executorFor } from "../../../src/harness/executor.ts";
import { featureRecipe } from "../../../src/harness/features/recipe.ts";
import { microProfile } from "../../../src/harness/profile.ts";

const [device, out, cache] = process.argv.slice(2) as [string, string, string];

await benchCobsat({
  profile: {
    ...microProfile, batch: { texts: 2, images: 1 }, generation: { ...microProfile.generation, maxNewTokens: 24 },
  },
  device, out, shots: [2], tasks: ["Color-I"], samples: 1, steps: 2, threads: 2, arms: ["thinkdiff-lvlm", "text-bridge", "real-image", "lvlm-text", "decoder-text"], continueWithOtherCode: true,
});
const { folder } = await trainAligner({
  experiment: { ...baseline, batch: 4, steps: 5 }, folders: microProfile.models, images: microProfile.aligner.images, samples: { train: 8, heldOut: 4 }, recipe: { ...featureRecipe, maxNewTokens: 12 },
  executor: await executorFor({ device, threads: 2 }), cache, retrain: true,
});
cpSync(folder, join(out, "trained"), { recursive: true });
