import { ints, type Tensor } from "../../graph/tensor.ts";
import { captioningPrompts, cobsatMessage } from "../../cobsat/instructions.ts";
import { shownName } from "../../cobsat/vocabulary.ts";
import { parseQwen2VLConfig, type Qwen2VLConfig } from "../../models/qwen2vl/config.ts";
import { prepareBatch, type ImagePatches, type Prompt } from "../../models/qwen2vl/batch.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../models/qwen2vl/qwen2vl.ts";
import { crossEntropy } from "../../models/t5/labels.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { encodeChat, type ChatPart } from "../../text/chat.ts";
import { loadTokenizer, type TextTokenizer } from "../../text/tokenizer.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { qwen2vlPreprocess } from "../../images/qwen2vlPreprocess.ts";
import { promptForUnseen } from "../language/captions.ts";
import { frameSize } from "../world/draw.ts";
import { themeTables, worldThemes } from "../world/sample.ts";
import { microPreprocess } from "../preprocess.ts";
import { allPairs, pairImages, pairVariant, pairVariants, trainingImages, trainingScene, trainingScenes, trainingTexts } from "./corpus.ts";
import { initialise } from "./initialise.ts";
import type { ImageStore } from "./images.ts";
import type { Recipe } from "./recipe.ts";

const json = {
  architectures: ["Qwen2VLForConditionalGeneration"], model_type: "qwen2_vl", vocab_size: 960, hidden_size: 160, intermediate_size: 384, num_hidden_layers: 4, num_attention_heads: 4, num_key_value_heads: 2,
  hidden_act: "silu", rms_norm_eps: 1e-6, rope_theta: 10000, rope_scaling: { type: "mrope", mrope_section: [4, 8, 8] }, max_position_embeddings: 1024, use_sliding_window: false, tie_word_embeddings: false,
  attention_dropout: 0, torch_dtype: "float16", vision_config: { model_type: "qwen2_vl", depth: 3, embed_dim: 96, hidden_size: 160, hidden_act: "quick_gelu", mlp_ratio: 4, num_heads: 4, in_channels: 3, in_chans: 3, patch_size: 8, spatial_merge_size: 2, temporal_patch_size: 2 },
};

/** Pairs that are never the target of an in-context training sequence; they may be demonstrations, and are scored apart. */
export const isHeldOutPair = (detail: number, subject: number): boolean => (detail + 3 * subject) % 7 === 0;

const captionBatch = 56, sequenceBatch = 24, captionSteps = 500, steps = 3400, peak = 2e-3;
/** After the captioning steps, the share of steps that are in-context sequences. */
const sequenceShare = 0.6;

/** A prompt with the answer the model learns to give. */
interface Example extends Prompt { readonly answer: readonly number[] }

function chat(tokenizer: TextTokenizer, content: readonly ChatPart[], images: readonly ImagePatches[], answer: string): Example {
  const messages = [{ role: "system" as const, content: "You are a helpful assistant." }, { role: "user" as const, content }];
  return { ids: encodeChat(tokenizer, messages, images.map(() => 16)), images, answer: [...tokenizer.encode(answer, { special: false }), tokenizer.id("<|im_end|>")] };
}

/** Patches of a stored picture. */
const patches = (store: ImageStore, i: number): ImagePatches => qwen2vlPreprocess({ width: frameSize, height: frameSize, data: store.at(i) }, microPreprocess);

function caption(tokenizer: TextTokenizer, store: ImageStore, random: Random): Example {
  const i = random.int(store.count), { text, diffusion } = random.pick(captioningPrompts);
  const answer = diffusion ? promptForUnseen(trainingScene(i), random) : trainingTexts(i, random.int(4)).full;
  return chat(tokenizer, [{ type: "image" }, { type: "text", text }], [patches(store, i)], answer);
}

/** A sequence of `shots` demonstrations and a query, and the prompt of the picture that comes next. */
function sequence(tokenizer: TextTokenizer, store: ImageStore, random: Random, shots: number): Example {
  const theme = random.pick(worldThemes), { details, subjects } = themeTables[theme], textIsDetail = random.chance(0.5);
  for (;;) {
    const shown = random.shuffle([...Array(10).keys()]).slice(0, shots + 1), hidden = random.int(10);
    const pair = (x: number): [detail: number, subject: number] => (textIsDetail ? [x, hidden] : [hidden, x]);
    if (isHeldOutPair(...pair(shown[shots]!))) continue;
    const first = worldThemes.indexOf(theme) * 100, index = (x: number) => { const [d, s] = pair(x); return first + d * 10 + s; };
    const word = (x: number) => shownName(textIsDetail ? details[x]! : subjects[x]!);
    const images = shown.slice(0, shots).map((x) => patches(store, index(x) * pairVariants + random.int(pairVariants)));
    const target = pairVariant("unseen", index(shown[shots]!), 0);
    return chat(tokenizer, cobsatMessage(shown.slice(0, shots).map(word), word(shown[shots]!)), images, promptForUnseen(target, random));
  }
}

/** Feeds of a batch of examples: answers behind their prompts, and the rows whose logits are scored. */
function feeds(config: Qwen2VLConfig, examples: readonly Example[]): Record<string, Tensor> {
  const prompts = examples.map(({ ids, images, answer }) => ({ ids: [...Array.from(ids), ...answer.slice(0, -1)], images }));
  const prepared = prepareBatch(config, prompts).feeds, T = prepared.inputIds.shape[1]!;
  const rows: number[] = [], labels: number[] = [];
  // Prompts are padded on the left: an answer of n tokens is predicted by a row's last n positions.
  examples.forEach(({ answer }, b) => answer.forEach((id, i) => { rows.push((b + 1) * T - answer.length + i); labels.push(id); }));
  return { ...prepared, rows: ints([rows.length], rows), labels: ints([rows.length], labels) };
}

/** The file of a Qwen2-VL configuration with the special tokens' ids of a tokenizer. */
const withTokenIds = (tokenizer: TextTokenizer) => ({
  ...json, eos_token_id: tokenizer.id("<|im_end|>"), bos_token_id: tokenizer.id("<|endoftext|>"), pad_token_id: tokenizer.id("<|endoftext|>"),
  vision_start_token_id: tokenizer.id("<|vision_start|>"), vision_end_token_id: tokenizer.id("<|vision_end|>"), image_token_id: tokenizer.id("<|image_pad|>"), video_token_id: tokenizer.id("<|video_pad|>"),
});

/** Qwen2-VL: captioning first, then CoBSAT-like sequences of one to five demonstrations beside it. */
export const lvlmRecipe = (assets: string): Recipe => {
  const tokenizer = loadTokenizer(`${assets}/lvlm`), file = withTokenIds(tokenizer), config = parseQwen2VLConfig(file);
  return {
    name: "lvlm",
    description: `Qwen2-VL in its own architecture. Captions on the paper's sixteen prompts for ${captionSteps} steps, then ${100 * sequenceShare} % in-context sequences of 1 to 5 shots in CoBSAT's message format: it is taught the game. Whoever asks for a diffusion prompt gets the same kind of answer from a picture as behind a sequence: subject and details, nothing incidental. Pairs with (detail index + 3 x subject index) mod 7 = 0 are never the target of such a sequence.`,
    data: `${trainingScenes.toLocaleString("en")} captioned pictures; ${(allPairs.length * pairVariants).toLocaleString("en")} pictures of CoBSAT pairs, none of them the benchmark's`,
    steps,
    needs: [],
    files: {
      "config.json": file,
      "generation_config.json": { bos_token_id: file.bos_token_id, pad_token_id: file.pad_token_id, eos_token_id: [file.eos_token_id], do_sample: true, temperature: 0.6, top_p: 0.9 },
      "preprocessor_config.json": {
        image_processor_type: "Qwen2VLImageProcessor", patch_size: microPreprocess.patchSize, merge_size: microPreprocess.mergeSize, temporal_patch_size: microPreprocess.temporalPatchSize,
        min_pixels: microPreprocess.minPixels, max_pixels: microPreprocess.maxPixels, image_mean: microPreprocess.normalisation.mean, image_std: microPreprocess.normalisation.std,
      },
    },
    average: 0.995,
    async prepare({ cache, progress }) {
      const captioned = await trainingImages(cache, progress), paired = await pairImages(cache, "train", pairVariants, progress);
      const weights = new WeightScope();
      const { logits } = qwen2vlForward(weights, config, qwen2vlInputs(config, { rows: true }));
      const loss = crossEntropy(logits, input("labels", ["R"], "int32"));
      const initial = initialise(weights.parameters, 1, (name, shape) => {
        if (name.endsWith("bias")) return { fill: 0 };
        if (shape.length === 1) return { fill: 1 };
        if (name.includes("embed_tokens")) return 0.5;
        const fan = shape.slice(1).reduce((a, b) => a * b, 1);
        return (/o_proj|down_proj|attn\.proj|mlp\.fc2/.test(name) ? 0.4 : 1) * fan ** -0.5;
      });
      return {
        graph: { loss, parameters: weights.parameters },
        optimizer: {
          adamW: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.01 }, clip: 1,
          muon: { momentum: 0.95, weightDecay: 0.01, use: (name, shape) => shape.length >= 2 && !/embed_tokens|lm_head/.test(name) },
        },
        schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 40, decay: Math.round(steps * 0.35), total: steps }),
        initial,
        batch(step) {
          const random = new Random("lvlm batch", step);
          const sequences = step >= captionSteps && random.chance(sequenceShare);
          const shots = 1 + random.int(5); // the same for a whole batch, which spares padding
          return feeds(config, Array.from({ length: sequences ? sequenceBatch : captionBatch }, () => (sequences ? sequence(tokenizer, paired, random, shots) : caption(tokenizer, captioned, random))));
        },
      };
    },
  };
};
