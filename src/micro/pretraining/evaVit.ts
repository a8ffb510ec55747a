/**
 * The micro ThinkDiff-CLIP's vision tower: BLIP-2's EVA ViT, pretrained contrastively as EVA-CLIP is (Sun et al. 2023), with late interaction between
 * image tokens and words beside the class token's loss (FILIP, Yao et al. 2021): the aligner reads single tokens, so they have to carry what words say.
 */
import { floats, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { contrastiveLoss, projectText } from "../../models/clip/clip.ts";
import { clipTextTower } from "../../models/clip/textTower.ts";
import { gridSide, parseEvaVitConfig } from "../../models/evaVit/config.ts";
import { evaVit } from "../../models/evaVit/evaVit.ts";
import { halveTokens } from "../../models/evaVit/halveTokens.ts";
import { keyMaskBias } from "../../models/layers/attention.ts";
import { linear } from "../../models/layers/linear.ts";
import { WeightScope } from "../../models/weights.ts";
import { add, div, exp, input, matmul, mul, reshape, slice, softmax, sqrt, sum, transpose } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { padded } from "../../graph/padded.ts";
import { clipConfig, clipOptimizer, clipPixels, clipPreprocessorJson, initialClip } from "./clipModel.ts";
import { briefCaption, fullCaption, promptForUnseen } from "../language/captions.ts";
import { allPairs, pairImages, pairVariant, pairVariants, trainingImages, trainingScenes, trainingTexts } from "./corpus.ts";
import type { Recipe } from "./recipe.ts";

const json = {
  architectures: ["Blip2VisionModel"], model_type: "blip-2", torch_dtype: "float16",
  vision_config: { model_type: "blip_2_vision_model", hidden_size: 128, intermediate_size: 512, num_hidden_layers: 4, num_attention_heads: 4, image_size: 64, patch_size: 8, hidden_act: "gelu", layer_norm_eps: 1e-6, qkv_bias: true },
};
const config = parseEvaVitConfig(json), shared = 64, batchSize = 96, steps = 2400, peak = 2e-3;
/** Samples of a batch that are pairs of one theme: each shares its subject or its detail with others of the batch, so that matching takes both. */
const alike = 48;
/** Inverse temperature of the choice of image tokens by a word. */
const sharpness = 12;

const unit = (x: Value): Value => div(x, sqrt(add(sum(mul(x, x), -1, { keep: true }), 1e-6)));

/** Agreement [images, texts] of image tokens [B, N, D] with words [B, T, D]: each word finds its tokens, and words weigh what a learned query gives them. */
function lateInteraction(weights: WeightScope, tokens: Value, words: Value, mask: Value): Value {
  const N = tokens.shape[1] as number, T = words.shape[1]!;
  const image = reshape(unit(linear(tokens, weights.at("token_projection"), shared, { bias: false })), [1, batchSize * N, shared]);
  const text = unit(linear(words, weights.at("word_projection"), shared, { bias: false }));
  const found = reshape(matmul(text, image, { transposeB: true }), [batchSize, T, batchSize, N]);
  const best = sum(mul(softmax(mul(found, sharpness)), found), -1); // [texts, T, images]
  const importance = softmax(add(reshape(linear(words, weights.at("word_importance"), 1, { bias: false }), [batchSize, 1, 1, T]), keyMaskBias(mask)));
  const agreement = reshape(matmul(reshape(importance, [batchSize, 1, T]), best), [batchSize, batchSize]);
  return mul(transpose(agreement, [1, 0]), exp(weights.param("token_logit_scale", [])));
}

/** EVA ViT without its text tower's weights; keys' biases, which change nothing, are zero as in the released one. */
function visionOnly(weights: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  return new Map([...weights].filter(([name]) => name.startsWith("vision_model.")).map(([name, tensor]) => {
    const third = tensor.data.length / 3;
    return [name, name.endsWith("qkv.bias") ? floats(tensor.shape, Float32Array.from(tensor.data, (x, i) => (i >= third && i < 2 * third ? 0 : x))) : tensor];
  }));
}

/** BLIP-2's EVA ViT on captioned pictures, contrastive against a text tower of its own. */
export const evaVitRecipe = (assets: string): Recipe => {
  const tokenizer = loadTokenizer(`${assets}/clip`), { text_config } = clipConfig(tokenizer);
  return {
    name: "eva-vit",
    description: `BLIP-2's EVA ViT, the vision tower of ThinkDiff-CLIP. Contrastive against a text tower of its own, which is left out: the class token with the whole caption, and the halved grid's tokens with its words by late interaction. ${alike} of ${batchSize} samples of a batch are pairs of one theme, which differ in subject or detail alone. It shares no weights with any other model.`,
    data: `${trainingScenes.toLocaleString("en")} captioned pictures and ${(allPairs.length * pairVariants).toLocaleString("en")} of CoBSAT pairs, none of them the benchmark's (full, brief and prompt captions alike)`,
    steps,
    needs: [],
    files: { "config.json": json, "preprocessor_config.json": { ...clipPreprocessorJson, image_processor_type: "BlipImageProcessor", crop_size: undefined, do_center_crop: undefined, size: { height: config.image_size, width: config.image_size } } },
    average: 0.99,
    finalise: visionOnly,
    async prepare({ cache, progress }) {
      const images = await trainingImages(cache, progress), pairs = await pairImages(cache, "train", pairVariants, progress), weights = new WeightScope(), texts = weights.at("text"), mask = input("attention_mask", [batchSize, "T"], "int32");
      const { lastHiddenState } = evaVit(weights, config, input("pixels", [batchSize, 3, config.image_size, config.image_size]));
      const text = clipTextTower(texts, text_config, input("input_ids", [batchSize, "T"], "int32"), mask);
      const classToken = unit(linear(reshape(slice(lastHiddenState, 1, 0, 1), [batchSize, config.hidden_size]), weights.at("visual_projection"), shared, { bias: false }));
      const whole = mul(matmul(classToken, projectText(texts, { ...clipConfig(tokenizer), projection_dim: shared }, text.pooled), { transposeB: true }), exp(weights.param("logit_scale", [])));
      const single = lateInteraction(weights, halveTokens(lastHiddenState, gridSide(config)), text.lastHiddenState, mask);
      return {
        graph: { loss: add(contrastiveLoss(whole), contrastiveLoss(single)), parameters: weights.parameters },
        optimizer: { ...clipOptimizer, muon: { ...clipOptimizer.muon!, use: (name, shape) => clipOptimizer.muon!.use(name, shape) && !name.startsWith("word_importance") } },
        schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 30, decay: steps / 2, total: steps }),
        initial: initialClip(weights.parameters, 301),
        batch(step) {
          const random = new Random("eva-vit batch", step), picked = Array.from({ length: batchSize - alike }, () => random.int(images.count)), texts = picked.map((i) => random.pick(Object.values(trainingTexts(i, random.int(4)))));
          const { theme } = random.pick(allPairs), own = random.shuffle(allPairs.flatMap((pair, i) => (pair.theme === theme ? [i] : []))).slice(0, alike).map((pair) => ({ pair, variant: random.int(pairVariants) }));
          const write = [briefCaption, promptForUnseen, fullCaption];
          texts.push(...own.map(({ pair, variant }) => random.pick(write)(pairVariant("train", pair, variant), random)));
          const rows = padded(texts.map((text) => tokenizer.encode(text)), tokenizer.eosId!);
          return { pixels: floats([batchSize, 3, config.image_size, config.image_size], clipPixels([...picked.map((i) => images.at(i)), ...own.map(({ pair, variant }) => pairs.at(pair * pairVariants + variant))])), input_ids: rows.ids, attention_mask: rows.mask };
        },
      };
    },
  };
};
