import { Random } from "../../random/random.ts";
import { bootstrapRatio } from "../statistics/bootstrap.ts";
import { armPairs, compareArms } from "./armPairs.ts";
import type { ClaimContext, Finding, PaperClaim } from "./claim.ts";

const arm = "thinkdiff-lvlm", ceiling = "true-caption", control = "untrained-aligner";

/** At one number of shots: what training on text gains in images, beside what FLUX draws from the true caption. */
function atShots(context: ClaimContext, shots: number): Finding[] {
  const gain = compareArms(context, arm, control, shots, false), whole = compareArms(context, ceiling, control, shots, false), pairs = armPairs(context, arm, ceiling, shots, false);
  if (!gain || !whole || pairs.length === 0) return [];
  if (whole.effect <= 0) return [{ kind: "untestable", note: "the true caption is no better than an untrained aligner: FLUX draws nothing that could be transferred", extra: { shots, trueCaptionGain: whole.effect } }];
  const share = bootstrapRatio(pairs, { random: new Random("share of the true caption", context.summary.seed, shots), resamples: context.draws ?? 10_000 });
  return [{
    kind: "measured", comparison: gain, published: whole.effect, publishedFrom: "the paper prints no such figure; full transfer, the true caption's accuracy less the untrained aligner's in this run, stands for it",
    extra: { shots, shareOfTrueCaption: share && { share: share.estimate, ci95: [share.low, share.high], n: pairs.length } },
  }];
}

export const textTrainingTransfers: PaperClaim = {
  id: "text-training-transfers", section: "1 and 3.2",
  sentence: "As a result, aligning VLMs with diffusion decoders can be simplified through alignment with the LLM decoder.",
  statement: "An aligner trained on text alone makes FLUX draw what the LVLM means: more accurate than an untrained one; the share of the true caption's accuracy says how far",
  aboutTraining: true, touchedBy: ["conditioningNoise"],
  test(context) {
    const shots = [...new Set(context.samples.filter((sample) => sample.arm === arm).map((sample) => sample.shots))].sort((a, b) => a - b);
    return atShots(context, shots.includes(2) ? 2 : (shots[0] ?? 2));
  },
};
