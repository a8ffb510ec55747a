/** The micro path from features to verdicts on one device, for a handful of samples, with the shipped aligner: `node --import tsx microPath.ts <device> <run folder>`. */
import { benchCobsat } from "../../../src/harness/benchCobsat/benchCobsat.ts";
import { microProfile } from "../../../src/harness/profile.ts";

const [device, out] = process.argv.slice(2) as [string, string];

await benchCobsat({
  profile: {
    ...microProfile, batch: { texts: 2, images: 1 }, generation: { ...microProfile.generation, maxNewTokens: 24 },
  },
  device, out, shots: [2], tasks: ["Color-I"], samples: 1, steps: 2, threads: 2, arms: ["thinkdiff-lvlm", "text-bridge", "real-image", "lvlm-text", "decoder-text"], continueWithOtherCode: true,
});
