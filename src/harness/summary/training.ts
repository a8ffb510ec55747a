import { groupBy } from "../groupBy.ts";
import type { LossLine } from "../runs/losses.ts";
import type { RunRecord } from "../runs/record.ts";
import { compareArms } from "./cells.ts";
import type { TrainingSummary } from "./types.ts";

/** One row per arm and seed that was trained, the baseline first; losses sorted by step, as readLosses gives them. */
export function trainingOf(record: RunRecord, losses: readonly LossLine[]): TrainingSummary[] {
  const steps = groupBy(losses, (line) => JSON.stringify([line.arm, line.seed]));
  const keys = new Set([...steps.keys(), ...record.trainings.map((t) => JSON.stringify([t.arm, t.seed]))]);
  const arms = [...keys].map((key) => JSON.parse(key) as [string, number]).sort(([a, m], [b, n]) => compareArms(a, b) || m - n);
  return arms.map(([arm, seed]): TrainingSummary => {
    const lines = steps.get(JSON.stringify([arm, seed])) ?? [];
    const known = record.trainings.find((t) => t.arm === arm && t.seed === seed);
    const tail = lines.slice(-Math.ceil(lines.length / 10)).map((line) => line.loss), finite = tail.length > 0 && !tail.includes(null);
    return {
      arm, seed, steps: lines.length, peakRate: lines.reduce((most, { lr }) => Math.max(most, lr), 0),
      firstLoss: lines[0]?.loss ?? null,
      finalLoss: lines.at(-1)?.loss ?? null,
      finalLossMean: finite ? tail.reduce<number>((sum, loss) => sum + loss!, 0) / tail.length : null,
      heldOutLoss: lines.findLast((line) => line.heldOutLoss !== undefined)?.heldOutLoss ?? null,
      nonFiniteSteps: lines.filter((line) => line.nonFinite).length,
      seconds: lines.reduce((sum, line) => sum + line.seconds, 0),
      parameters: known?.parameters ?? null,
      diverged: known?.diverged ?? false,
      ...(known?.divergedAt === undefined ? {} : { divergedAt: known.divergedAt }),
      ...(known?.objective === undefined ? {} : { objective: known.objective }),
    };
  });
}
