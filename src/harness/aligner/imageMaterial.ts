/** ThinkDiff-CLIP's training material: image tokens, and captions split between words: the first part passes T5's encoder, the second is the target. */
import type { Experiment } from "../../ablations/experiment.ts";
import { sha256 } from "../../files/sha256.ts";
import { UserError } from "../../files/userError.ts";
import { padded } from "../../graph/padded.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { IGNORED } from "../../models/t5/labels.ts";
import { thinkDiffClip, thinkDiffClipInputs } from "../../models/thinkdiff/thinkdiffClip.ts";
import { Random } from "../../random/random.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import { imageTokens } from "../features/imageTokens.ts";
import type { CaptionedImages, FeatureSet } from "../features/recipe.ts";
import type { FeatureRow } from "../features/shard.ts";
import { openVision, type OpenedT5, type OpenedVision } from "../models.ts";
import { stableJson } from "../stableJson.ts";
import { cutTokens, longestTarget, targetsIn } from "./batches.ts";
import type { Material } from "./material.ts";
import { shortestText, splitText } from "./split.ts";
import type { TrainAlignerOptions } from "./trainAligner.ts";

/** Most T5 tokens of a caption's first part, the end token included. */
export const longestText = 32;

/** Wordings of a training picture's caption. */
const wordings = 4;

/** A picture's image tokens [S, d] and its caption. */
export interface ImageSample { readonly tokens: Float32Array; readonly caption: string }

interface Example { readonly tokens: Float32Array; readonly text: readonly number[]; readonly labels: readonly number[] }

/** A caption between words; one word alone is all target. */
function example(split: Experiment["split"], { tokens, caption }: ImageSample, t5: TextTokenizer, random: Random): Example {
  const words = caption.split(/\s+/).filter((word) => word !== ""), all = words.map((_, i) => i);
  const { given, target } = words.length < shortestText ? { given: [], target: all } : splitText(split, words.length, random), join = (at: readonly number[]): string => at.map((i) => words[i]!).join(" ");
  return { tokens, text: cutTokens(t5.encode(join(given)), longestText), labels: cutTokens(t5.encode(join(target)), longestTarget) };
}

/** Feeds of thinkDiffClipInputs; every picture has the same number of tokens. */
export function imageBatch(split: Experiment["split"], samples: readonly ImageSample[], streams: readonly Random[], t5: TextTokenizer, pad: number, width: number): Record<"features" | "text_ids" | "text_mask" | "labels", Tensor> {
  const examples = samples.map((sample, i) => example(split, sample, t5, streams[i]!)), size = examples[0]!.tokens.length, features = new Float32Array(examples.length * size);
  examples.forEach(({ tokens }, b) => features.set(tokens, b * size));
  const text = padded(examples.map((e) => e.text), pad);
  return { features: floats([examples.length, size / width, width], features), text_ids: text.ids, text_mask: text.mask, labels: padded(examples.map((e) => e.labels), IGNORED).ids };
}

function captionsOf({ images, experiment: { objective = "decoder" } }: TrainAlignerOptions): CaptionedImages {
  if (objective !== "decoder") throw new UserError(`objective ${objective} is not there for image tokens, of which none stands for a token of the text; ThinkDiff-CLIP's aligner is trained by T5's decoder`, 2);
  if (!("captions" in images)) throw new UserError("ThinkDiff-CLIP's aligner is trained on captioned pictures; these have no captions", 2);
  return images as CaptionedImages;
}

/** All that decides a sample of a vision tower and captioned pictures, as one text; its SHA-256 is the material's identity. */
export const imageMakings = (vision: OpenedVision, images: CaptionedImages): string => stableJson({ format: 1, vision: vision.hashes, images: images.identity, captions: images.captions, wordings });

/** ThinkDiff-CLIP's material. */
export function imageMaterial(options: TrainAlignerOptions, t5: OpenedT5): Material {
  const { folders, executor, cache, signal } = options, images = captionsOf(options), vision = openVision(folders.vision!), width = vision.config.hidden_size, pad = t5.config.pad_token_id;
  const made = imageMakings(vision, images);
  /** Pictures that can be used, with their numbers; one without a caption cannot. */
  async function usable(set: FeatureSet, count: number): Promise<{ readonly index: number; readonly row: FeatureRow }[]> {
    const captioned = { image: (own: FeatureSet, index: number) => { images.caption(own, index, 0); return images.image(own, index); } };
    const rows = await imageTokens({ executor, cache, vision, images: captioned, made, ...(signal ? { signal } : {}) }, set, count), found = rows.map((row, index) => ({ index, row })).filter(({ row }) => row.ids.length > 0);
    if (found.length === 0) throw new UserError(`none of ${count} ${set} pictures can be used (why is said above); ThinkDiff-CLIP trains on pictures with captions`);
    return found;
  }
  const sample = (set: FeatureSet, { index, row }: { readonly index: number; readonly row: FeatureRow }, wording: number): ImageSample => ({ tokens: row.features, caption: images.caption(set, index, wording) });
  return {
    width, identity: sha256(made), counted: targetsIn,
    loss: (aligner, config, weights, t5Config) => thinkDiffClip(aligner, config, weights, t5Config, thinkDiffClipInputs(config)).loss,
    async prepare({ split, seed, batch }, counts) {
      const train = await usable("train", counts.train), unseen = await usable("held-out", counts.heldOut);
      const starts = Array.from({ length: Math.ceil(unseen.length / batch) }, (_, i) => i * batch);
      return {
        heldOut: starts.map((from) => {
          const own = unseen.slice(from, from + batch);
          return imageBatch(split, own.map((picture) => sample("held-out", picture, 0)), own.map((_, i) => new Random("held-out split", from + i)), t5.tokenizer, pad, width);
        }),
        batch(step) {
          const draws = new Random("aligner batch", seed, step), picked = Array.from({ length: batch }, () => ({ picture: train[draws.int(train.length)]!, wording: draws.int(wordings) }));
          return imageBatch(split, picked.map(({ picture, wording }) => sample("train", picture, wording)), picked.map((_, b) => new Random("aligner split", seed, step, b)), t5.tokenizer, pad, width);
        },
      };
    },
  };
}
