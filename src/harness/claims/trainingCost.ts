import { publishedTraining } from "../../cobsat/published.ts";
import type { PaperClaim } from "./claim.ts";

const arm = "thinkdiff-lvlm";

export const trainingCost: PaperClaim = {
  id: "training-cost", section: "Abstract, 4.4, Table 4",
  sentence: "with only 5 hours of training on 4 A100 GPUs",
  statement: "Training the aligner takes 5 hours on 4 A100 GPUs",
  aboutTraining: false,
  test({ summary, record }) {
    const own = summary.training.filter((training) => training.arm === arm);
    if (own.length === 0) return [];
    return [{
      kind: "untestable", note: `the ${summary.profile} profile's training and machine are not the paper's; its own cost stands here`,
      extra: {
        ownCost: own.map(({ seed, steps, seconds, parameters }) => ({ seed, steps, seconds, parameters })), machine: `${record.machine.cpu}, ${record.machine.cores} cores, ${record.identity.device}`,
        published: publishedTraining["ThinkDiff-LVLM"],
      },
    }];
  },
};
