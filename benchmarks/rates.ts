/** `npm run rates`: writes docs/rates.md and docs/rates.json, the aligners' held-out losses by learning rate for each length of training, from which the rates of ablation runs are chosen. It draws nothing and scores nothing. */
import { ablationSteps } from "../src/ablations/baseline.ts";
import { inSteps } from "../src/ablations/inSteps.ts";
import { writeAtomically } from "../src/files/atomic.ts";
import { executorFor } from "../src/harness/executor.ts";
import { microProfile } from "../src/harness/profile.ts";
import { mean } from "../src/harness/statistics/moments.ts";
import { trainVariant } from "../src/harness/train.ts";

/** Each with a number of training seeds. */
const variants = [["ThinkDiff-LVLM", microProfile.aligner, 3], ["ThinkDiff-CLIP", microProfile.clipAligner, 1]] as const;
/** Multiples of a variant's own rates, by number of steps. */
const tried = (steps: number) => [{ steps: ablationSteps, rates: [1 / 9, 1 / 3, 1, 2, 3] }, { steps, rates: [1 / 3, 1, 2] }];

interface Row {
  readonly variant: string;
  readonly steps: number;
  /** In multiples of the variant's own rates. */
  readonly rate: number;
  /** The highest rate of the schedule. */
  readonly peak: number;
  /** By training seed; null where the training diverged. */
  readonly heldOut: readonly (number | null)[];
}

const executor = await executorFor(), rows: Row[] = [];
for (const [variant, own, seeds] of variants) {
  for (const { steps, rates } of tried(own.experiment.steps)) {
    for (const rate of rates) {
      const experiment = inSteps(own.experiment, steps, [{ steps, rate }]), heldOut: (number | null)[] = [];
      for (let seed = 0; seed < seeds; seed++) {
        const { record } = await trainVariant({ executor, folders: microProfile.models, cache: microProfile.cache, ...own, experiment, seed: experiment.seed + seed });
        heldOut.push(record.divergedAt === null ? record.heldOutLoss : null);
      }
      rows.push({ variant, steps: experiment.steps, rate, peak: experiment.schedule.peak, heldOut });
    }
  }
}

const meanOf = ({ heldOut }: Row): number => (heldOut.includes(null) ? Infinity : mean(heldOut as number[]));
const isBest = (row: Row): boolean => meanOf(row) === Math.min(...rows.filter((other) => other.variant === row.variant && other.steps === row.steps).map(meanOf));
const times = (rate: number): string => Number(rate.toPrecision(2)).toString(), loss = (x: number | null): string => (x === null || !Number.isFinite(x) ? "diverged" : x.toFixed(4));

writeAtomically("docs/rates.json", `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`);
writeAtomically("docs/rates.md", `# Which learning rate for which length of training

Written by \`npm run rates\`: the baseline's aligner trained at several multiples of its schedule's rates, and its loss on captions it never trains on. Nothing is drawn or judged here. The rate of the least mean loss (bold) is the one that an ablation run of about that length gives to every arm
(\`chosenRates\` and \`chosenClipRates\` in \`src/ablations/\`; a test holds them to this record), and the one of the shipped aligner.

| variant | steps | rates | highest | held-out loss, mean | by training seed |
|---|---|---|---|---|---|
${rows.map((row) => `| ${row.variant} | ${row.steps.toLocaleString("en")} | × ${times(row.rate)} | ${Number(row.peak.toPrecision(3))} | ${isBest(row) ? `**${loss(meanOf(row))}**` : loss(meanOf(row))} | ${row.heldOut.map(loss).join(", ")} |`).join("\n")}
`);
