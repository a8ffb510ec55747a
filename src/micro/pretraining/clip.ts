import { floats } from "../../graph/tensor.ts";
import { clipImageEmbeds, clipLogitsPerImage, clipTextEmbeds, contrastiveLoss } from "../../models/clip/clip.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { padded } from "../../graph/padded.ts";
import { clipConfig, clipJson, clipOptimizer, clipPixels, clipPreprocessorJson, initialClip } from "./clipModel.ts";
import { trainingImages, trainingScenes, trainingTexts } from "./corpus.ts";
import type { Recipe } from "./recipe.ts";

const batchSize = 64, steps = 260, peak = 2e-3;

/** A CLIP pair on captioned pictures; its text tower gives FLUX its pooled embedding. */
export const clipRecipe = (assets: string): Recipe => {
  const tokenizer = loadTokenizer(`${assets}/clip`), config = clipConfig(tokenizer);
  return {
    name: "clip",
    description: "CLIPModel, contrastive on captioned pictures (full, brief and prompt captions alike). Its text tower gives FLUX its pooled embedding.",
    data: `${trainingScenes.toLocaleString("en")} captioned pictures`,
    steps,
    needs: [],
    files: { "config.json": clipJson(tokenizer), "preprocessor_config.json": clipPreprocessorJson },
    async prepare({ cache, progress }) {
      const images = await trainingImages(cache, progress), weights = new WeightScope();
      const picture = clipImageEmbeds(weights, config, input("pixels", ["B", 3, 64, 64]));
      const text = clipTextEmbeds(weights, config, input("input_ids", ["B", "T"], "int32"), input("attention_mask", ["B", "T"], "int32"));
      return {
        graph: { loss: contrastiveLoss(clipLogitsPerImage(weights, picture, text)), parameters: weights.parameters },
        optimizer: clipOptimizer,
        schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 30, decay: steps / 2, total: steps }),
        initial: initialClip(weights.parameters, 1),
        batch(step) {
          const random = new Random("clip batch", step), picked = Array.from({ length: batchSize }, () => random.int(images.count));
          const rows = padded(picked.map((i) => tokenizer.encode(random.pick(Object.values(trainingTexts(i, random.int(4)))))), tokenizer.eosId!);
          return { pixels: floats([batchSize, 3, 64, 64], clipPixels(picked.map((i) => images.at(i)))), input_ids: rows.ids, attention_mask: rows.mask };
        },
      };
    },
  };
};
