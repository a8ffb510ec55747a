/** What an aligner's training features are features of: captions the LVLM writes about pictures, sampled as released. */
import { captioningPrompts } from "../../cobsat/instructions.ts";
import { sha256 } from "../../files/sha256.ts";
import type { Image } from "../../images/image.ts";
import { qwen2vlPreprocess } from "../../images/qwen2vlPreprocess.ts";
import type { Prompt } from "../../models/qwen2vl/batch.ts";
import { imageTokens } from "../../models/qwen2vl/positions.ts";
import type { Sampling } from "../../models/sampling.ts";
import { Random } from "../../random/random.ts";
import { encodeChat } from "../../text/chat.ts";
import type { OpenedLvlm } from "../models.ts";
import { stableJson } from "../stableJson.ts";

/** Pictures to train on, and others that only measure. */
export type FeatureSet = "train" | "held-out";

/** Numbered pictures. */
export interface FeatureImages {
  /** SHA-256 that changes with the pictures. */
  readonly identity: string;
  /** A UserError that names the picture where it cannot be used. */
  image(set: FeatureSet, index: number): Promise<Image>;
}

/** Pictures that have captions too. */
export interface CaptionedImages extends FeatureImages {
  /** SHA-256 that changes with the captions. */
  readonly captions: string;
  /** A picture's caption in one of many wordings. */
  caption(set: FeatureSet, index: number, wording: number): string;
}

export interface FeatureRecipe {
  readonly system: string;
  readonly prompts: readonly string[];
  readonly sampling: Sampling;
  readonly maxNewTokens: number;
  /** Whether answers go on past their end token, so that all are equally long. */
  readonly ignoreEnd?: boolean;
}

/** The release's messages and sampling; answers end at their end token, after 48 tokens at most. */
export const featureRecipe: FeatureRecipe = {
  system: "You are a helpful assistant.", prompts: captioningPrompts.map(({ text }) => text), sampling: { temperature: 0.6, topP: 0.9 }, maxNewTokens: 48,
};

export interface FeatureSource { readonly lvlm: OpenedLvlm; readonly images: FeatureImages; readonly recipe: FeatureRecipe }

/** All that decides a feature, as text: the LVLM's files, pictures, messages and sampling; not how many or in what batches. */
export const featureMakings = ({ lvlm, images, recipe }: FeatureSource): string => stableJson({ format: 1, lvlm: lvlm.hashes, images: images.identity, recipe });

/** SHA-256 of all that decides a feature. */
export const featuresIdentity = (source: FeatureSource): string => sha256(featureMakings(source));

/** The chat prompt of one picture: it and one of the captioning prompts, chosen by set and index. */
export async function featurePrompt({ lvlm, images, recipe }: FeatureSource, set: FeatureSet, index: number): Promise<Prompt> {
  const pixels = qwen2vlPreprocess(await images.image(set, index), lvlm.preprocess), text = new Random("feature prompt", set, index).pick(recipe.prompts);
  const messages = [{ role: "system" as const, content: recipe.system }, { role: "user" as const, content: [{ type: "image" as const }, { type: "text" as const, text }] }];
  return { ids: encodeChat(lvlm.tokenizer, messages, [imageTokens(pixels.gridThw, lvlm.preprocess.mergeSize)]), images: [pixels] };
}

/** The stream that samples one picture's answer. */
export const featureStream = (set: FeatureSet, index: number): Random => new Random("feature sampling", set, index);
