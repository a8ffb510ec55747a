/** ThinkDiff-CLIP's conditioning of FLUX: the aligned tokens of each image in order, then T5's states of the text. */
import type { Executor } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import type { Image } from "../../images/image.ts";
import { openTextT5 } from "../baseModels.ts";
import { trainedAligned, type Aligned } from "../benchCobsat/aligners.ts";
import { textStates, type TextStates } from "../benchCobsat/textStates.ts";
import { visionReader } from "../features/visionReader.ts";
import { openVision } from "../models.ts";
import type { Profile } from "../profile.ts";

/** Rows of several [T, D], one after the other. */
export function joinRows(parts: readonly Tensor[]): Tensor {
  const D = parts[0]!.shape[1]!, all = new Float32Array(parts.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of parts) {
    all.set(data as Float32Array, at);
    at += data.length;
  }
  return floats([all.length / D, D], all);
}

export interface Conditioner {
  /** Features [T, D] for FLUX of some images and a text, which may be empty. */
  condition(images: readonly Image[], text: string): Promise<Tensor>;
  release(): Promise<void>;
}

/** The encoder whose states FLUX reads, at the length that ThinkDiff-CLIP gives it. */
export const composeTexts = (executor: Executor, profile: Profile): Promise<TextStates> =>
  textStates(executor, openTextT5(profile.models["t5-text"], profile.tokenizers?.["t5-text"]), { ...profile, ...(profile.clipAligner.textTokens === undefined ? {} : { textTokens: profile.clipAligner.textTokens }) });

/** Opens the vision tower, a trained aligner's folder and FLUX's T5. */
export async function conditioner(executor: Executor, profile: Profile, aligner: string): Promise<Conditioner> {
  const vision = await visionReader(executor, openVision(profile.models.vision)), aligned: Aligned = await trainedAligned(executor, aligner), texts = await composeTexts(executor, profile);
  return {
    condition: async (images, text) => joinRows([...await aligned.align(await vision.read(images)), ...await texts.read([text])]),
    async release() {
      for (const held of [vision, aligned, texts]) await held.release();
    },
  };
}
