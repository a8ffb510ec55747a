import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { themes, valuesOf, type Half } from "../../cobsat/tasks.ts";
import { shownName } from "../../cobsat/vocabulary.ts";
import { clipImageEmbeds, clipLogitsPerImage, clipTextEmbeds } from "../../models/clip/clip.ts";
import { crossEntropy } from "../../models/t5/labels.ts";
import { WeightScope } from "../../models/weights.ts";
import { add, constant, input } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { padded } from "../../graph/padded.ts";
import { clipConfig, clipJson, clipOptimizer, clipPixels, clipPreprocessorJson, initialClip } from "./clipModel.ts";
import { allPairs, pairImages } from "./corpus.ts";
import { disturbed } from "./disturb.ts";
import type { Recipe } from "./recipe.ts";

const variants = 24, batchSize = 48, steps = 2400, peak = 2e-3;

/** Where each theme's ten values of a half stand among all texts. */
const groups = themes.flatMap((theme) => (["detail", "object"] as const).map((half: Half) => ({ theme, half, values: valuesOf(theme, half) })));
const texts = [...new Set(groups.flatMap(({ values }) => values))].map(shownName);
const OUTSIDE = -1e4;

function recipe(assets: string, name: string, namespace: string, seed: number): Recipe {
  const tokenizer = loadTokenizer(`${assets}/clip`), config = clipConfig(tokenizer);
  return {
    name,
    description: "CLIPModel that judges CoBSAT's pictures: forced choice among a theme's ten details and ten subjects, by cosine with their names. It shares no weights and no pictures with any other model.",
    data: `${(allPairs.length * variants).toLocaleString("en")} pictures of CoBSAT pairs under seeds "${namespace}/...", disturbed by shifts, noise, blur and brightness`,
    steps,
    needs: [],
    files: { "config.json": clipJson(tokenizer), "preprocessor_config.json": clipPreprocessorJson },
    average: 0.99,
    async prepare({ cache, progress }) {
      const images = await pairImages(cache, namespace, variants, progress), weights = new WeightScope();
      const rows = padded(texts.map((text) => tokenizer.encode(text)), tokenizer.eosId!);
      const text = clipTextEmbeds(weights, config, constant(rows.ids), constant(rows.mask));
      const logits = clipLogitsPerImage(weights, clipImageEmbeds(weights, config, input("pixels", ["B", 3, 64, 64])), text); // [B, all values]
      const among = (half: Half): Value => crossEntropy(add(logits, input(`outside ${half}`, ["B", texts.length])), input(half, ["B"], "int32"));
      return {
        graph: { loss: add(among("detail"), among("object")), parameters: weights.parameters },
        optimizer: clipOptimizer,
        schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 30, decay: steps / 2, total: steps }),
        initial: initialClip(weights.parameters, seed),
        batch(step) {
          const random = new Random(`${name} batch`, step), picked = Array.from({ length: batchSize }, () => random.int(images.count));
          const feeds: Record<string, Tensor> = {
            pixels: floats([batchSize, 3, 64, 64], clipPixels(picked.map((i) => disturbed(images.at(i), random)))),
          };
          for (const half of ["detail", "object"] as const) {
            const outside = new Float32Array(batchSize * texts.length).fill(OUTSIDE), labels = new Int32Array(batchSize);
            picked.forEach((i, b) => {
              const pair = allPairs[Math.floor(i / variants)]!, group = groups.find((g) => g.half === half && g.theme.detailSpace === pair.theme)!;
              for (const value of group.values) outside[b * texts.length + texts.indexOf(shownName(value))] = 0;
              labels[b] = texts.indexOf(shownName(half === "detail" ? pair.detail : pair.subject));
            });
            feeds[`outside ${half}`] = floats([batchSize, texts.length], outside);
            feeds[half] = ints([batchSize], labels);
          }
          return feeds;
        },
      };
    },
  };
}

/** The judge. */
export const judgeRecipe = (assets: string): Recipe => recipe(assets, "judge", "judge", 101);

/** A second judge of another training seed and other pictures: its agreement with the first says how far either can be trusted. */
export const secondJudgeRecipe = (assets: string): Recipe => recipe(assets, "judge-2", "second judge", 202);
