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
import { sceneDetails } from "../language/details.ts";
import type { Scene } from "../world/scene.ts";
import { allPairs, pairImages, pairVariant, severalDetails, severalImages } from "./corpus.ts";
import { disturbed } from "./disturb.ts";
import type { ImageStore } from "./images.ts";
import { weightsOf } from "./initialise.ts";
import type { Recipe } from "./recipe.ts";

const variants = 24, batchSize = 48;

/** Where each theme's ten values of a half stand among all texts. */
const groups = themes.flatMap((theme) => (["detail", "object"] as const).map((half: Half) => ({ theme, half, values: valuesOf(theme, half) })));
const texts = [...new Set(groups.flatMap(({ values }) => values))].map(shownName);
const OUTSIDE = -1e4;

/** What a judge learns from: numbered pictures and the scenes they show. */
interface JudgePictures {
  readonly data: string;
  images(cache: string, progress: (text: string) => void): Promise<ImageStore>;
  scene(index: number): Scene;
}

const pairsOf = (namespace: string): JudgePictures => ({
  data: `${(allPairs.length * variants).toLocaleString("en")} pictures of CoBSAT pairs under seeds "${namespace}/..."`,
  images: (cache, progress) => pairImages(cache, namespace, variants, progress),
  scene: (i) => pairVariant(namespace, Math.floor(i / variants), i % variants),
});

const severalOf = (namespace: string, count: number): JudgePictures => ({
  data: `${count.toLocaleString("en")} pictures of scenes with two or three details under seeds "${namespace}/several/..."`,
  images: (cache, progress) => severalImages(cache, namespace, count, progress),
  scene: (i) => severalDetails(namespace, i),
});

/** Feeds of one half: the pictures' right values, and all others of their groups to choose from. */
export function choices(scenes: readonly { readonly slot: string; readonly value: string; readonly subject: string }[], half: Half): Record<string, Tensor> {
  const outside = new Float32Array(scenes.length * texts.length).fill(OUTSIDE), labels = new Int32Array(scenes.length);
  scenes.forEach(({ slot, value, subject }, b) => {
    const group = groups.find((g) => g.half === half && (half === "detail" ? g.theme.detailSpace === slot : g.values.includes(subject)))!;
    for (const other of group.values) outside[b * texts.length + texts.indexOf(shownName(other))] = 0;
    labels[b] = texts.indexOf(shownName(half === "detail" ? value : subject));
  });
  return { [`outside ${half}`]: floats([scenes.length, texts.length], outside), [half]: ints([scenes.length], labels) };
}

interface JudgeMaking {
  readonly name: string;
  readonly description: string;
  readonly seed: number;
  readonly steps: number;
  readonly peak: number;
  /** Pictures are drawn from each of these alike. */
  readonly pictures: readonly JudgePictures[];
  /** A judge whose weights training begins with; drawn by the seed where left out. */
  readonly from?: string;
}

function recipe(assets: string, { name, description, seed, steps, peak, pictures, from }: JudgeMaking): Recipe {
  const tokenizer = loadTokenizer(`${assets}/clip`), config = clipConfig(tokenizer);
  return {
    name, description, steps,
    data: `${pictures.map(({ data }) => data).join(" and ")}, disturbed by shifts, noise, blur and brightness`,
    needs: from === undefined ? [] : [from],
    files: { "config.json": clipJson(tokenizer), "preprocessor_config.json": clipPreprocessorJson },
    average: 0.99,
    async prepare({ cache, assets: made, progress }) {
      const stores: ImageStore[] = [], weights = new WeightScope();
      for (const { images } of pictures) stores.push(await images(cache, progress));
      const rows = padded(texts.map((text) => tokenizer.encode(text)), tokenizer.eosId!);
      const text = clipTextEmbeds(weights, config, constant(rows.ids), constant(rows.mask));
      const logits = clipLogitsPerImage(weights, clipImageEmbeds(weights, config, input("pixels", ["B", 3, 64, 64])), text); // [B, all values]
      const among = (half: Half): Value => crossEntropy(add(logits, input(`outside ${half}`, ["B", texts.length])), input(half, ["B"], "int32"));
      return {
        graph: { loss: add(among("detail"), among("object")), parameters: weights.parameters },
        optimizer: clipOptimizer,
        schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 30, decay: steps / 2, total: steps }),
        initial: from === undefined ? initialClip(weights.parameters, seed) : weightsOf(`${made}/${from}`, weights.parameters.keys()),
        batch(step) {
          const random = new Random(`${name} batch`, step);
          const picked = Array.from({ length: batchSize }, () => {
            const kind = stores.length === 1 ? 0 : random.int(stores.length), index = random.int(stores[kind]!.count), scene = pictures[kind]!.scene(index), details = sceneDetails(scene);
            return { picture: stores[kind]!.at(index), subject: scene.subject, ...details[details.length === 1 ? 0 : random.int(details.length)]! };
          });
          const feeds = { pixels: floats([batchSize, 3, 64, 64], clipPixels(picked.map(({ picture }) => disturbed(picture, random)))) };
          return { ...feeds, ...choices(picked, "detail"), ...choices(picked, "object") };
        },
      };
    },
  };
}

/** The judge. */
export const judgeRecipe = (assets: string): Recipe => recipe(assets, {
  name: "judge", seed: 101, steps: 2400, peak: 2e-3, pictures: [pairsOf("judge")],
  description: "CLIPModel that judges CoBSAT's pictures: forced choice among a theme's ten details and ten subjects, by cosine with their names. It shares no weights and no pictures with any other model.",
});

/** A judge of compositions: the judge, trained on with pictures of several details, which CoBSAT's pairs never show. */
export const composeJudgeRecipe = (assets: string): Recipe => recipe(assets, {
  name: "judge-compose", seed: 303, steps: 1600, peak: 1e-3, from: "judge", pictures: [pairsOf("judge"), severalOf("judge", 12_000)],
  description: "CLIPModel that judges compositions: CoBSAT's judge, trained on with pictures of two and three details, so that it reads each of them. It shares no weights and no pictures with any model but that judge.",
});
