import { ints } from "../../graph/tensor.ts";
import { mulDims } from "../../graph/dims.ts";
import { llavaTurn } from "../../cobsat/judge/llavaJudge.ts";
import { question } from "../../cobsat/judge/questions.ts";
import { themes, valuesOf, type Half } from "../../cobsat/tasks.ts";
import { expandImageTokens, prepareLlavaBatch, type LlavaPrompt } from "../../models/llava/batch.ts";
import { parseLlavaConfig } from "../../models/llava/config.ts";
import { llamaHead } from "../../models/llava/decoder.ts";
import { llavaInputs, llavaPrefix } from "../../models/llava/llava.ts";
import { crossEntropy } from "../../models/t5/labels.ts";
import { WeightScope } from "../../models/weights.ts";
import { gather, input, reshape } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { loadTokenizer, type TextTokenizer } from "../../text/tokenizer.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { clipOptimizer, clipPixels, clipPreprocessorJson } from "./clipModel.ts";
import { allPairs, pairImages } from "./corpus.ts";
import { disturbed } from "./disturb.ts";
import { initialise } from "./initialise.ts";
import { filled, type Recipe } from "./recipe.ts";

const variants = 16, batchSize = 40, steps = 1300, peak = 2e-3, namespace = "llava judge";

/** config.json with a tokenizer's ids: LLaVA-1.5's layout, whose tower's last layer feeds the projector here so that none is idle. */
const llavaJson = (tokenizer: TextTokenizer): Record<string, unknown> => ({
  architectures: ["LlavaForConditionalGeneration"], model_type: "llava", image_token_index: tokenizer.id("<image>"), projector_hidden_act: "gelu", vision_feature_layer: -1, vision_feature_select_strategy: "default",
  pad_token_id: tokenizer.id("<pad>"), tie_word_embeddings: false, torch_dtype: "float16",
  text_config: {
    model_type: "llama", vocab_size: tokenizer.vocabSize, hidden_size: 96, intermediate_size: 192, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 4, hidden_act: "silu", rms_norm_eps: 1e-5,
    max_position_embeddings: 4096, bos_token_id: tokenizer.bosId, eos_token_id: tokenizer.eosId, pad_token_id: tokenizer.padId, tie_word_embeddings: false,
  },
  vision_config: { model_type: "clip_vision_model", hidden_size: 96, intermediate_size: 256, num_hidden_layers: 3, num_attention_heads: 4, num_channels: 3, image_size: 64, patch_size: 8, projection_dim: 96, hidden_act: "quick_gelu", layer_norm_eps: 1e-5 },
});

/** The tower's pooling norm: in the file as published, and read by nothing. */
const idle = /post_layernorm/;

/** LLaVA-1.5 in its own architecture as a judge: a picture and a multiple-choice question in, the option's number out. */
export const llavaRecipe = (assets: string): Recipe => {
  const tokenizer = loadTokenizer(`${assets}/llava`), json = llavaJson(tokenizer), config = parseLlavaConfig(json);
  const asked = themes.map((theme) => ({
    detailSpace: theme.detailSpace,
    halves: (["detail", "object"] as const).map((half: Half) => ({ half, values: valuesOf(theme, half), ids: expandImageTokens(config, tokenizer.encode(llavaTurn(question(theme, half)))) })),
  }));
  const answers = Array.from({ length: 10 }, (_, i) => [...tokenizer.encode(`${i + 1}`, { special: false }), tokenizer.eosId!]);
  return {
    name: "llava",
    description: "LLaVA-1.5 that judges CoBSAT's pictures as published: two multiple-choice questions, a number as the reply. A second judge of another kind than the first; it shares no weights and no pictures with any other model.",
    data: `${(allPairs.length * variants).toLocaleString("en")} pictures of CoBSAT pairs under seeds "${namespace}/...", disturbed by shifts, noise, blur and brightness`,
    steps,
    needs: [],
    files: {
      "config.json": json, "preprocessor_config.json": clipPreprocessorJson,
      "generation_config.json": { bos_token_id: tokenizer.bosId, eos_token_id: tokenizer.eosId, pad_token_id: tokenizer.padId },
    },
    average: 0.99,
    async prepare({ cache, progress }) {
      const images = await pairImages(cache, namespace, variants, progress), weights = new WeightScope(), inputs = llavaInputs(config);
      const { hidden } = llavaPrefix(weights, config, inputs).layers.at(-1)!, [B, T] = inputs.ids.shape;
      const wanted = gather(reshape(hidden, [mulDims(B!, T!), config.text_config.hidden_size]), input("rows", ["R"], "int32"));
      const loss = crossEntropy(llamaHead(weights.at("language_model"), config.text_config, wanted).logits, input("labels", ["R"], "int32"));
      const parameters = new Map([...weights.parameters].filter(([name]) => !idle.test(name)));
      return {
        graph: { loss, parameters },
        optimizer: { ...clipOptimizer, muon: { ...clipOptimizer.muon!, use: (name, shape) => shape.length === 2 && !/embed|lm_head/.test(name) } },
        schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 30, decay: steps / 2, total: steps }),
        initial: initialise(parameters, 303, (name, shape) => {
          if (name.endsWith("bias")) return { fill: 0 };
          if (/norm/.test(name)) return { fill: 1 };
          if (/position_embedding|class_embedding/.test(name)) return 0.1;
          if (name.includes("embed_tokens")) return 0.5;
          const fan = shape.slice(1).reduce((a, b) => a * b, 1);
          return (/out_proj|fc2|o_proj|down_proj/.test(name) ? 0.4 : 1) * fan ** -0.5;
        }),
        constants: new Map([...weights.parameters].filter(([name]) => idle.test(name)).map(([name, { shape }]) => [name, filled(shape as readonly number[], name.endsWith("bias") ? 0 : 1)])),
        batch(step) {
          const random = new Random("llava batch", step), rows: number[] = [], labels: number[] = [];
          const examples = Array.from({ length: batchSize }, () => {
            const i = random.int(images.count), { theme, detail, subject } = allPairs[Math.floor(i / variants)]!;
            const image = clipPixels([disturbed(images.at(i), random)]), { halves } = asked.find(({ detailSpace }) => detailSpace === theme)!;
            return halves.map(({ half, values, ids }) => ({ image, ids, answer: answers[values.indexOf(half === "detail" ? detail : subject)]! }));
          }).flat();
          const batch = prepareLlavaBatch(config, examples.map(({ image, ids, answer }): LlavaPrompt => ({ ids: [...ids, ...answer.slice(0, -1)], images: [image] }))), T = batch.ids.shape[1]!;
          // Rows are padded on the left: an answer of n tokens is predicted by a row's last n positions.
          examples.forEach(({ answer }, b) => answer.forEach((id, i) => { rows.push((b + 1) * T - answer.length + i); labels.push(id); }));
          return { ...batch, rows: ints([rows.length], rows), labels: ints([labels.length], labels) };
        },
      };
    },
  };
};
