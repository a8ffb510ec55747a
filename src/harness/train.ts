/** `npm run train -- lvlm|clip`: trains the baseline's aligner, or tells where a finished one lies. */
import type { Experiment } from "../ablations/experiment.ts";
import type { Executor } from "../graph/executor.ts";
import type { SampleCounts } from "./aligner/makings.ts";
import { trainAligner, type TrainAlignerOptions, type TrainedAligner } from "./aligner/trainAligner.ts";
import type { FeatureImages, FeatureRecipe } from "./features/recipe.ts";
import { startProgress, type Progress } from "./progress.ts";

export interface TrainOptions {
  readonly executor: Executor;
  readonly folders: TrainAlignerOptions["folders"];
  readonly experiment: Experiment;
  readonly images: FeatureImages;
  readonly recipe?: FeatureRecipe;
  readonly cache: string;
  /** Folder of the aligner that comes with the project. */
  readonly shipped?: string;
  /** Of initial weights, batches and splits; the experiment's own by default. */
  readonly seed?: number;
  readonly steps?: number;
  readonly samples: SampleCounts;
  readonly atOnce?: number;
  readonly retrain?: boolean;
  readonly signal?: AbortSignal;
}

/** Trains an experiment's aligner with progress on stderr; an interrupted training goes on where it stopped. */
export async function trainVariant({ experiment, seed = experiment.seed, steps = experiment.steps, ...options }: TrainOptions): Promise<TrainedAligner> {
  let progress: Progress | undefined; // begun with the first step, behind the making of features
  const onStep = ({ step }: { readonly step: number }): void => {
    progress ??= startProgress(`aligner (${experiment.name})`, steps, { alreadyDone: step });
    progress.at(step + 1);
  };
  try {
    return await trainAligner({ ...options, experiment: { ...experiment, seed, steps }, onStep });
  } finally {
    progress?.finish();
  }
}

/** The result in a few lines: where it lies, its losses, and what it cost. */
export function describeTraining({ folder, record, reused }: TrainedAligner): string {
  const loss = (x: number | null): string => (x === null ? "not finite" : x.toFixed(3));
  return [
    `${reused ? "found" : "trained"}: ${folder}`,
    `${record.steps} steps, ${record.parameters.toLocaleString("en")} parameters, ${record.seconds.toFixed(0)} s`,
    `loss ${loss(record.firstLoss)} to ${loss(record.finalLoss)}, held out ${loss(record.heldOutLoss)}`,
    ...(record.divergedAt === null ? [] : [`diverged at step ${record.divergedAt}; the weights are the last that gave a finite loss`]),
  ].join("\n");
}
