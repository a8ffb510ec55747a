/** SYNTHETIC records for tests of the claims: outcomes and losses are invented, no model ever gave them. */
import { sha256 } from "../../../src/files/sha256.ts";
import type { ClaimContext } from "../../../src/harness/claims/claim.ts";
import { lossLine, type LossLine } from "../../../src/harness/runs/losses.ts";
import { recordSchema } from "../../../src/harness/runs/record.ts";
import { sampleId } from "../../../src/harness/runs/plan.ts";
import type { Sample } from "../../../src/harness/runs/samples.ts";
import { trainingOf } from "../../../src/harness/summary/training.ts";
import { Random } from "../../../src/random/random.ts";
import { fixtureIdentity, fixtureSample } from "../fixtureRun.ts";

export interface SyntheticArm {
  readonly arm: string;
  /** Made-up share of correct samples. */
  readonly rate: number;
  readonly seeds?: readonly number[];
  readonly shots?: number;
  readonly prompts?: number;
  readonly tasks?: readonly string[];
}

/** Invented samples; arms share one uniform number a prompt, so that a higher rate is right wherever a lower one is. */
export function syntheticSamples({ arm, rate, seeds = [42], shots = 2, prompts = 40, tasks = ["Color-I", "Action-II"] }: SyntheticArm): Sample[] {
  return seeds.flatMap((seed, i) => tasks.flatMap((task) => Array.from({ length: prompts }, (_, prompt): Sample => {
    const { pair: _pair, outcome: _o, missed: _m, reason: _r, judged: _j, ...line } = fixtureSample(arm, shots, task, prompt), right = new Random("synthetic outcome", shots, task, prompt).uniform() < rate;
    return { ...line, id: sampleId(arm, shots, task, prompt, i === 0 ? undefined : seed), seed, ...(right ? { outcome: "correct" as const } : { outcome: "wrong" as const, missed: "both" as const }) };
  })));
}

/** An invented training of 200 steps from `start` to `end`; from `broken` on, its losses are not finite. */
export const syntheticLosses = (arm: string, { start = 5, end = 1, seed = 42, broken = Infinity }: { start?: number; end?: number; seed?: number; broken?: number } = {}): LossLine[] =>
  Array.from({ length: Math.min(200, broken + 1) }, (_, step) => lossLine({ arm, seed, step, loss: step >= broken ? NaN : end + (start - end) * Math.exp(-step / 20), lr: 1e-3, gradNorm: 1, seconds: 0.1 }));

/** Records of an invented run. */
export function syntheticContext(arms: readonly SyntheticArm[], { losses = [], kind = "ablation", profile = "micro" }: { losses?: readonly LossLine[]; kind?: "cobsat" | "ablation"; profile?: string } = {}): ClaimContext {
  const record = recordSchema.parse({
    format: 1, identity: fixtureIdentity({ kind, profile }), began: "2026-01-01T00:00:00.000Z", arguments: {}, machine: { platform: "p", arch: "a", cpu: "synthetic", cores: 1, memoryBytes: 1 }, versions: {}, source: sha256("source"),
    continued: [], plan: [], trainings: [], stages: [], benchmarkImages: {},
  });
  const records = { record, samples: arms.flatMap(syntheticSamples), losses, diagnostics: [] };
  const summary = { kind, profile, seed: record.identity.seed, complete: true, planned: 0, finished: 0, cells: [], averages: [], ladder: [], drops: [], judges: [], seedSpreads: [], training: trainingOf(record, losses), stages: [] };
  return { ...records, summary, draws: 400 };
}
