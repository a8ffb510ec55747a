/** How alike two pictures are: the cosine of CLIP's image embeddings. */
import type { Executor } from "../../graph/executor.ts";
import { floats } from "../../graph/tensor.ts";
import { clipPreprocess } from "../../images/clipPreprocess.ts";
import type { Image } from "../../images/image.ts";
import { clipImageEmbeds } from "../../models/clip/clip.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { openClip } from "../baseModels.ts";

export interface Similarity {
  /** A picture's embedding, a unit vector. */
  embed(image: Image): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Opens a CLIP folder; pictures are seen one by one. */
export async function imageSimilarity(executor: Executor, folder: string): Promise<Similarity> {
  const { config, weights } = openClip(folder), { image_size: side } = config.vision_config;
  const program = await executor.compile({ embeds: clipImageEmbeds(new WeightScope(), config, input("pixels", ["I", 3, side, side])) }, weights);
  return {
    embed: async (image) => (await program.run({ pixels: floats([1, 3, side, side], clipPreprocess(image, side)) })).embeds.data as Float32Array,
    release: () => program.release(),
  };
}

/** The cosine of two unit vectors. */
export const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
