/** How alike two pictures, or a picture and a text, are: the cosine of CLIP's embeddings. */
import type { Executor } from "../../graph/executor.ts";
import { floats, ints } from "../../graph/tensor.ts";
import { clipPreprocess } from "../../images/clipPreprocess.ts";
import type { Image } from "../../images/image.ts";
import { clipImageEmbeds, clipTextEmbeds } from "../../models/clip/clip.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { dot } from "../statistics/moments.ts";
import { openClip } from "../baseModels.ts";
import { lazily } from "../benchCobsat/lazily.ts";
import { cutToFit } from "../benchCobsat/painter.ts";

export interface Similarity {
  /** A picture's embedding, a unit vector. */
  embed(image: Image): Promise<Float32Array>;
  /** A text's; what is longer than CLIP reads is cut. */
  embedText(text: string): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Opens a CLIP folder; pictures are seen one by one. */
export async function imageSimilarity(executor: Executor, folder: string): Promise<Similarity> {
  const { config, weights } = openClip(folder), { image_size: side } = config.vision_config;
  const program = await executor.compile({ embeds: clipImageEmbeds(new WeightScope(), config, input("pixels", ["I", 3, side, side])) }, weights);
  const texts = lazily(async () => {
    const own = await executor.compile({ embeds: clipTextEmbeds(new WeightScope(), config, input("ids", ["N", "T"], "int32")) }, weights);
    return { program: own, tokenizer: loadTokenizer(folder), release: () => own.release() };
  });
  return {
    embed: async (image) => (await program.run({ pixels: floats([1, 3, side, side], clipPreprocess(image, side)) })).embeds.data as Float32Array,
    async embedText(text) {
      const { program: reader, tokenizer } = await texts.get(), ids = cutToFit(tokenizer.encode(text), config.text_config.max_position_embeddings);
      return (await reader.run({ ids: ints([1, ids.length], ids) })).embeds.data as Float32Array;
    },
    async release() {
      await texts.release();
      await program.release();
    },
  };
}

/** The cosine of two unit vectors. */
export const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => dot(a, b);
