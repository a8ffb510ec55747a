import { ints } from "../../graph/tensor.ts";
import { crossEntropy, IGNORED, shiftRight } from "../../models/t5/labels.ts";
import { parseT5Config } from "../../models/t5/config.ts";
import { decode, encode } from "../../models/t5/t5.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { padded } from "../../graph/padded.ts";
import { trainingTexts } from "./corpus.ts";
import { describeDisturbance, disturbanceFeeds, disturbed, textTwice, type Disturbance } from "./stateDisturbance.ts";
import { initialise } from "./initialise.ts";
import { NoiseTape } from "./noise.ts";
import type { Recipe } from "./recipe.ts";

const json = {
  architectures: ["T5ForConditionalGeneration"], model_type: "t5", is_encoder_decoder: true, vocab_size: 544, d_model: 160, d_kv: 32, d_ff: 384, num_layers: 3, num_decoder_layers: 3, num_heads: 5,
  relative_attention_num_buckets: 16, relative_attention_max_distance: 48, layer_norm_epsilon: 1e-6, feed_forward_proj: "gated-gelu", dense_act_fn: "gelu_new", is_gated_act: true,
  tie_word_embeddings: false, dropout_rate: 0, pad_token_id: 0, eos_token_id: 1, decoder_start_token_id: 0, initializer_factor: 1, torch_dtype: "float16",
};
const config = parseT5Config(json);

/** Median of the encoder's final norm weights: a stated choice, since the paper's claims about the aligner's norm are about this scale. */
export const finalNormScale = 1;
/** Spread of those weights: the standard deviation of their logarithm. */
const finalNormSpread = 0.3;

/** No shared offset: the decoder would become indifferent to just the shift that no other reader of aligned features shrugs off. */
export const stateDisturbance: Disturbance = { clean: 0.2, independent: 1, shared: 0, mixed: 0.5, foreign: 1 };

/** Share of samples in which the encoder has read what the decoder is to write. */
const wholeTexts = 0.5;

const batchSize = 96, captions = 30_000, steps = 1200, peak = 3e-3;

/** What T5 reads, how many positions of it the decoder sees, and what it is to write. */
interface Example { readonly source: readonly number[]; readonly seen: number; readonly target: readonly number[] }

/**
 * Continues a text whose prefix the decoder sees; the encoder has read the prefix alone, or the whole text. Continuation is the one task, as it is for an aligner:
 * beside other tasks, a constant in aligned features that says which one it is lowers an aligner's loss, and moves its features away from T5's.
 */
function example(ids: readonly number[], random: Random): Example {
  const at = 1 + random.int(ids.length - 2), whole = random.chance(wholeTexts);
  return { source: whole ? ids : ids.slice(0, at), seen: at, target: ids.slice(at) };
}

/** T5 v1.1 encoder-decoder over captions; a disturbed encoder's output makes its code redundant and its readers matched filters. */
export const t5Recipe: Recipe = {
  name: "t5",
  description: `T5 v1.1 encoder-decoder on captions: prefix language modelling; in ${100 * wholeTexts} % of the samples the encoder reads the whole text and the decoder sees the states of the prefix. The encoder's final norm is fixed at log-normal weights of median ${finalNormScale}. During pretraining its output carries ${describeDisturbance(stateDisturbance)}.`,
  data: `${captions.toLocaleString("en")} captions of the micro world's grammar`,
  numbers: { finalNormScale, finalNormSpread, stateDisturbance },
  steps,
  needs: [],
  files: { "config.json": json, "generation_config.json": { decoder_start_token_id: 0, eos_token_id: 1, pad_token_id: 0 } },
  average: 0.995,
  async prepare({ assets, progress }) {
    const tokenizer = loadTokenizer(`${assets}/t5`);
    progress("writing captions");
    const corpus = Array.from({ length: captions }, (_, i) => { const t = trainingTexts(i); return tokenizer.encode(i % 3 === 0 ? t.prompt : t.full); });
    const weights = new WeightScope(), D = config.d_model;
    const { ids, mask } = textTwice(), labels = input("labels", ["B", "L"], "int32");
    const states = disturbed(encode(weights, config, ids, mask).last, weights.at("encoder.final_layer_norm").param("weight", [D]));
    const loss = crossEntropy(decode(weights, config, states, input("seen_mask", ["B", "T"], "int32"), shiftRight(labels)).logits, labels);
    const inner = config.num_heads * config.d_kv;
    const initial = initialise(weights.parameters, 1, (name, shape) => {
      if (name === "encoder.final_layer_norm.weight") return new Random("t5 final norm").normals(D).map((x) => finalNormScale * Math.exp(finalNormSpread * x));
      if (name.endsWith("norm.weight")) return { fill: 1 };
      if (name === "shared.weight") return 1;
      if (name.endsWith("q.weight")) return (D * config.d_kv) ** -0.5;
      if (name.endsWith(".o.weight")) return inner ** -0.5;
      return shape[1]! ** -0.5;
    });
    const parameters = new Map(weights.parameters);
    parameters.delete("encoder.final_layer_norm.weight");
    const frozenNorm = initial.get("encoder.final_layer_norm.weight")!, tape = new NoiseTape("t5");
    return {
      graph: { loss, parameters, frozen: () => frozenNorm },
      constants: new Map([["encoder.final_layer_norm.weight", frozenNorm]]),
      optimizer: {
        adamW: { beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.01 }, clip: 1,
        muon: { momentum: 0.95, weightDecay: 0.01, use: (name, shape) => shape.length === 2 && name.includes(".block.") && !name.includes("relative_attention") },
      },
      schedule: trapezoidSchedule({ peak, floor: peak / 50, warmup: 50, decay: steps / 2, total: steps }),
      initial,
      batch(step) {
        // A batch holds captions of similar length: drawn, sorted, and cut from a larger draw.
        const random = new Random("t5 batch", step);
        const drawn = Array.from({ length: 3 * batchSize }, () => corpus[random.int(captions)]!).sort((a, b) => a.length - b.length);
        const from = random.int(2 * batchSize + 1);
        const examples = drawn.slice(from, from + batchSize).map((ids) => example(ids, random));
        const source = disturbanceFeeds(random, tape, stateDisturbance, examples.map((e) => ({ ids: e.source })), D), target = padded(examples.map((e) => e.target), IGNORED);
        const T = source.input_ids.shape[1]!, seen = new Int32Array(batchSize * T);
        examples.forEach((e, b) => seen.fill(1, b * T, b * T + e.seen));
        return { ...source, seen_mask: ints([batchSize, T], seen), labels: target.ids };
      },
    };
  },
};

