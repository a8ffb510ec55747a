import { publishedAccuracy, rowAverage } from "../../cobsat/published.ts";
import { tasks } from "../../cobsat/tasks.ts";
import { Random } from "../../random/random.ts";
import { clusterOf } from "../runs/samples.ts";
import { bootstrapAccuracy } from "../statistics/bootstrap.ts";
import { normalCdf } from "../statistics/normal.ts";
import type { ClaimContext, Finding, PaperClaim } from "./claim.ts";

const arm = "thinkdiff-lvlm", shots = 4, rival = rowAverage(publishedAccuracy[shots]["SEED-LLaMA"]), published = rowAverage(publishedAccuracy[shots]["ThinkDiff-LVLM"]) - rival;

/** The published models on all ten tasks against SEED-LLaMA's published average, which has no interval of its own. */
function againstPublished({ samples, summary, draws: resamples = 10_000 }: ClaimContext): Finding[] {
  const own = samples.filter((sample) => sample.arm === arm && sample.shots === shots).map((sample) => ({ task: sample.task, cluster: clusterOf(sample), correct: sample.outcome === "correct" }));
  if (new Set(own.map(({ task }) => task)).size < tasks.length) return [{ kind: "untestable", note: "needs all ten tasks at 4 shots", extra: { published } }];
  const { estimate, low, high, standardError, clusters } = bootstrapAccuracy(own, { random: new Random("margin", summary.seed), resamples }), effect = estimate - rival;
  const independent = (estimate * (1 - estimate)) / own.length;
  return [{
    kind: "measured", published, note: "against SEED-LLaMA's published average, as if exact; p from the bootstrap's standard error",
    comparison: {
      effect, ci95: [low - rival, high - rival], p: standardError > 0 ? 2 * normalCdf(-Math.abs(effect) / standardError) : null, mcnemar: null, n: own.length, clusters,
      discordant: estimate * (1 - rival) + rival * (1 - estimate), designEffect: independent > 0 ? Math.max(1, standardError ** 2 / independent) : 1, seeds: [],
    },
  }];
}

export const sotaMargin: PaperClaim = {
  id: "sota-margin", section: "Abstract, 4.2, Table 2",
  sentence: "ThinkDiff significantly improves accuracy from 19.2% to 46.3% on the challenging CoBSAT benchmark",
  statement: "ThinkDiff-LVLM's 4-shot average exceeds SEED-LLaMA's",
  aboutTraining: false,
  test(context) {
    if (!context.samples.some((sample) => sample.arm === arm)) return [];
    const { profile } = context.summary;
    return profile === "paper" ? againstPublished(context)
      : [{ kind: "untestable", note: `the ${profile} profile has other models, pictures and a judge of its own: SEED-LLaMA's published figures are no measure for it`, extra: { published } }];
  },
};
