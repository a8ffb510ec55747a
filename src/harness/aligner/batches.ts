/** Batches of aligner training: which samples, how they are split and padded depends on the seed and the step alone. */
import type { Experiment } from "../../ablations/experiment.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { floats, ints } from "../../graph/tensor.ts";
import { IGNORED } from "../../models/t5/labels.ts";
import { Random } from "../../random/random.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import type { FeatureRow } from "../features/shard.ts";
import { splitText, type Parts } from "./split.ts";

/** What the LVLM wrote about one picture, and what it read where an experiment asks for that. */
export interface TrainingSample { readonly generated: FeatureRow; readonly prompt?: FeatureRow }

/** The two tokenizers between which text passes, and the LVLM's width. */
export interface Vocabularies { readonly lvlm: TextTokenizer; readonly t5: TextTokenizer; readonly width: number }

interface Example { readonly features: Float32Array; readonly labels: readonly number[] }

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

function example(experiment: Pick<Experiment, "features" | "split">, sample: TrainingSample, words: Vocabularies, random: Random): Example {
  const { ids } = sample.generated, parts = splitText(experiment.split, ids.length, random);
  return { features: givenFeatures[experiment.features](sample, parts, words.width), labels: targetTokens(parts.target.map((i) => ids[i]!), words) };
}

/** Feeds "features" [B, S, d], "mask" [B, S] and "labels" [B, L], padded to the longest with zeros and ignored labels. */
function collate(examples: readonly Example[], width: number): Record<"features" | "mask" | "labels", Tensor> {
  const B = examples.length, lengths = examples.map(({ features }) => features.length / width), S = Math.max(...lengths), L = Math.max(...examples.map(({ labels }) => labels.length));
  const features = new Float32Array(B * S * width), mask = new Int32Array(B * S), labels = new Int32Array(B * L).fill(IGNORED);
  examples.forEach((e, b) => {
    features.set(e.features, b * S * width);
    mask.fill(1, b * S, b * S + lengths[b]!);
    labels.set(e.labels, b * L);
  });
  return { features: floats([B, S, width], features), mask: ints([B, S], mask), labels: ints([B, L], labels) };
}

/** The batch of a step: samples drawn uniformly; two experiments of one seed see the same samples, and split them at the same draws. */
export function trainingBatch(experiment: Pick<Experiment, "features" | "split" | "seed" | "batch">, samples: readonly TrainingSample[], words: Vocabularies, step: number): Record<"features" | "mask" | "labels", Tensor> {
  const draws = new Random("aligner batch", experiment.seed, step);
  return collate(Array.from({ length: experiment.batch }, (_, b) => example(experiment, samples[draws.int(samples.length)]!, words, new Random("aligner split", experiment.seed, step, b))), words.width);
}

/** Held-out batches: every sample once, split the same way whatever the seed and the step. */
export function heldOutBatches(experiment: Pick<Experiment, "features" | "split" | "batch">, samples: readonly TrainingSample[], words: Vocabularies): Record<"features" | "mask" | "labels", Tensor>[] {
  const examples = samples.map((sample, i) => example(experiment, sample, words, new Random("held-out split", i)));
  return Array.from({ length: Math.ceil(examples.length / experiment.batch) }, (_, i) => collate(examples.slice(i * experiment.batch, (i + 1) * experiment.batch), words.width));
}
