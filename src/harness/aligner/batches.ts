/** Batches of aligner training: which samples, how they are split and padded depends on the seed and the step alone. */
import type { Experiment } from "../../ablations/experiment.ts";
import type { Tensors } from "../../graph/executor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { floats, ints } from "../../graph/tensor.ts";
import { IGNORED } from "../../models/t5/labels.ts";
import { Random } from "../../random/random.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import type { FeatureRow } from "../features/shard.ts";
import { matchedPlaces } from "./matching.ts";
import { splitText, type Parts } from "./split.ts";

/** What the LVLM wrote about one picture, and what it read where an experiment asks for that; `picture` is its number in its set. */
export interface TrainingSample { readonly generated: FeatureRow; readonly prompt?: FeatureRow; readonly picture: number }

/** The two tokenizers between which text passes, and the LVLM's width. */
export interface Vocabularies { readonly lvlm: TextTokenizer; readonly t5: TextTokenizer; readonly width: number }

interface Example {
  readonly features: Float32Array;
  readonly labels: readonly number[];
  /** For each feature the label it belongs to, where the objective asks for that. */
  readonly places?: readonly number[];
}

/** Most T5 tokens of a target, the end token included. */
export const longestTarget = 128;

function rowsAt(features: Float32Array, at: readonly number[], width: number): Float32Array {
  const out = new Float32Array(at.length * width);
  at.forEach((from, to) => out.set(features.subarray(from * width, (from + 1) * width), to * width));
  return out;
}

const givenFeatures: Readonly<Record<Experiment["features"], (sample: TrainingSample, parts: Parts, width: number) => Float32Array>> = {
  generated: ({ generated }, { given }, width) => rowsAt(generated.features, given, width),
  prompt({ prompt }) {
    if (!prompt) throw new Error("this experiment needs the features of prompt positions");
    return prompt.features;
  },
  image() { throw new Error("image tokens are no features of the LVLM's text"); },
};

/** T5's tokens of a part of the LVLM's text, its end token last, cut to the longest target. */
export function targetTokens(ids: readonly number[], { lvlm, t5 }: Vocabularies): number[] {
  return cutTokens(t5.encode(lvlm.decode(ids, { skipSpecial: true })), longestTarget);
}

/** Tokens cut to so many, the last one kept. */
export const cutTokens = (tokens: readonly number[], most: number): number[] => (tokens.length <= most ? [...tokens] : [...tokens.slice(0, most - 1), tokens.at(-1)!]);

function example(experiment: Pick<Experiment, "features" | "split" | "objective">, sample: TrainingSample, words: Vocabularies, random: Random): Example {
  const { ids } = sample.generated, parts = splitText(experiment.split, ids.length, random);
  const labels = targetTokens(parts.target.map((i) => ids[i]!), words), features = givenFeatures[experiment.features](sample, parts, words.width);
  return { features, labels, ...(experiment.objective === "encoder-states" ? { places: matchedPlaces(parts.given.map((i) => ids[i]!), labels, words) } : {}) };
}

/** What a batch feeds: "features" [B, S, d], "mask" [B, S], "labels" [B, L], and "matching" [B, S, L] of features and labels where the objective asks for that. */
export type BatchFeeds = Record<"features" | "mask" | "labels", Tensor> & { readonly matching?: Tensor };

/** What the loss of a batch may be the mean of: its target tokens, its features, or its samples. */
export const targetsIn = ({ labels }: Tensors): number => (labels!.data as Int32Array).reduce((sum, label) => sum + (label >= 0 ? 1 : 0), 0);
export const featuresIn = ({ mask }: Tensors): number => (mask!.data as Int32Array).reduce((sum, one) => sum + one, 0);
export const samplesIn = ({ features }: Tensors): number => features!.shape[0]!;

/** Which label each feature belongs to, as ones in [B, S, L]. */
function matchingOf(examples: readonly Example[], S: number, L: number): Tensor {
  const matching = new Float32Array(examples.length * S * L);
  examples.forEach(({ places = [] }, b) => places.forEach((place, s) => { matching[(b * S + s) * L + place] = 1; }));
  return floats([examples.length, S, L], matching);
}

/** A batch's feeds, padded to the longest with zeros and ignored labels. */
function collate(examples: readonly Example[], width: number): BatchFeeds {
  const B = examples.length, lengths = examples.map(({ features }) => features.length / width), S = Math.max(...lengths), L = Math.max(...examples.map(({ labels }) => labels.length));
  const features = new Float32Array(B * S * width), mask = new Int32Array(B * S), labels = new Int32Array(B * L).fill(IGNORED);
  examples.forEach((e, b) => {
    features.set(e.features, b * S * width);
    mask.fill(1, b * S, b * S + lengths[b]!);
    labels.set(e.labels, b * L);
  });
  return { features: floats([B, S, width], features), mask: ints([B, S], mask), labels: ints([B, L], labels), ...(examples[0]!.places ? { matching: matchingOf(examples, S, L) } : {}) };
}

/** The samples of a step, drawn uniformly. */
export function drawnSamples<T>({ seed, batch }: Pick<Experiment, "seed" | "batch">, samples: readonly T[], step: number): T[] {
  const draws = new Random("aligner batch", seed, step);
  return Array.from({ length: batch }, () => samples[draws.int(samples.length)]!);
}

/** The batch of a step; two experiments of one seed see the same samples, and split them at the same draws. */
export function trainingBatch(experiment: Pick<Experiment, "features" | "split" | "objective" | "seed" | "batch">, samples: readonly TrainingSample[], words: Vocabularies, step: number): BatchFeeds {
  return collate(drawnSamples(experiment, samples, step).map((sample, b) => example(experiment, sample, words, new Random("aligner split", experiment.seed, step, b))), words.width);
}

/** Held-out batches: every sample once, split the same way whatever the seed and the step. */
export function heldOutBatches(experiment: Pick<Experiment, "features" | "split" | "objective" | "batch">, samples: readonly TrainingSample[], words: Vocabularies): BatchFeeds[] {
  const examples = samples.map((sample, i) => example(experiment, sample, words, new Random("held-out split", i)));
  return Array.from({ length: Math.ceil(examples.length / experiment.batch) }, (_, i) => collate(examples.slice(i * experiment.batch, (i + 1) * experiment.batch), words.width));
}
