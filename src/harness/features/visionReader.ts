/** BLIP-2's vision tower at work: pictures in, ThinkDiff-CLIP's image tokens out. */
import type { Executor } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import { blip2Preprocess } from "../../images/blip2Preprocess.ts";
import type { Image } from "../../images/image.ts";
import { gridSide } from "../../models/evaVit/config.ts";
import { evaVit } from "../../models/evaVit/evaVit.ts";
import { halveTokens } from "../../models/evaVit/halveTokens.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import type { OpenedVision } from "../models.ts";

export interface VisionReader {
  /** Tokens [1 + (side / 2)^2, d] of each picture: the class token, then the halved grid. */
  read(pictures: readonly Image[]): Promise<Tensor[]>;
  release(): Promise<void>;
}

/** Compiles the tower. */
export async function visionReader(executor: Executor, { config, weights }: OpenedVision): Promise<VisionReader> {
  const side = config.image_size, size = 3 * side * side;
  const { lastHiddenState } = evaVit(new WeightScope(), config, input("pixels", ["B", 3, side, side]));
  const program = await executor.compile({ tokens: halveTokens(lastHiddenState, gridSide(config)) }, weights);
  return {
    async read(pictures) {
      const pixels = new Float32Array(pictures.length * size);
      pictures.forEach((picture, i) => pixels.set(blip2Preprocess(picture, side), i * size));
      const { tokens } = await program.run({ pixels: floats([pictures.length, 3, side, side], pixels) }), shape = tokens.shape.slice(1), length = tokens.data.length / pictures.length;
      return pictures.map((_, i) => floats(shape, (tokens.data as Float32Array).slice(i * length, (i + 1) * length)));
    },
    release: () => program.release(),
  };
}
