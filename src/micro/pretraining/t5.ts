import { floats, type Tensor } from "../../graph/tensor.ts";
import { crossEntropy, IGNORED, shiftRight } from "../../models/t5/labels.ts";
import { parseT5Config } from "../../models/t5/config.ts";
import { decode, encode } from "../../models/t5/t5.ts";
import { WeightScope } from "../../models/weights.ts";
import { add, input, mul, unsqueeze } from "../../ops/index.ts";
import { Random } from "../../random/random.ts";
import { loadTokenizer } from "../../text/tokenizer.ts";
import { trapezoidSchedule } from "../../training/schedules.ts";
import { padded } from "./batches.ts";
import { trainingTexts } from "./corpus.ts";
import { initialise } from "./initialise.ts";
import { NoiseTape } from "./noise.ts";
import type { Recipe } from "./recipe.ts";

const json = {
  architectures: ["T5ForConditionalGeneration"], model_type: "t5", is_encoder_decoder: true, vocab_size: 544, d_model: 160, d_kv: 32, d_ff: 384, num_layers: 3, num_decoder_layers: 3, num_heads: 5,
  relative_attention_num_buckets: 16, relative_attention_max_distance: 48, layer_norm_epsilon: 1e-6, feed_forward_proj: "gated-gelu", dense_act_fn: "gelu_new", is_gated_act: true,
  tie_word_embeddings: false, dropout_rate: 0, pad_token_id: 0, eos_token_id: 1, decoder_start_token_id: 0, initializer_factor: 1, torch_dtype: "float16",
};
const config = parseT5Config(json);

/**
 * Median of the encoder's final norm weights as shipped: a stated choice, since the paper's claims about the aligner's norm are about this scale.
 * At 0.15 an aligner's own norm weights ran away to twice T5's within 1,500 steps, and its features' mean with them.
 */
export const finalNormScale = 1;
/** The same while T5 is trained; the rescaling afterwards leaves T5 the same function. */
const trainedNormScale = 0.15;
/** Spread of those weights: the standard deviation of their logarithm. */
const finalNormSpread = 0.3;

/** Largest standard deviation of the noise on the encoder's output during pretraining, in units of each dimension's own root mean square. */
const noiseLimit = 1, offsetLimit = 0.5, cleanShare = 0.2;

const batchSize = 96, captions = 30_000, steps = 1250, peak = 3e-3;

/** What the decoder is asked for: continue a prefix, restore dropped words, or fill masked spans. */
function example(ids: readonly number[], random: Random, sentinel: number): { source: number[]; target: number[] } {
  const words = ids.slice(0, -1), end = ids.at(-1)!, kind = random.uniform();
  if (kind < 0.6) {
    const at = 1 + random.int(words.length - 1);
    return { source: [...words.slice(0, at), end], target: [...words.slice(at), end] };
  }
  if (kind < 0.84) return { source: [...words.filter(() => !random.chance(0.3)), end], target: [...ids] };
  const source: number[] = [], target: number[] = [];
  for (let at = 0, spans = 0; at < words.length;) {
    if (random.chance(0.08) && spans < 15) {
      const length = 1 + random.int(4), mark = sentinel - spans++;
      source.push(mark);
      target.push(mark, ...words.slice(at, at + length));
      at += length;
    } else source.push(words[at++]!);
  }
  return { source: [...source, end], target: [...target, end] };
}

/** T5 v1.1 encoder-decoder over captions; noise on the encoder's output makes its code redundant and its readers matched filters. */
export const t5Recipe: Recipe = {
  name: "t5",
  description: `T5 v1.1 encoder-decoder on captions: prefix language modelling (60 %), restoring dropped words (24 %), span corruption (16 %). The encoder's final norm is fixed at log-normal weights, of median ${trainedNormScale} in training and rescaled to ${finalNormScale} afterwards, the decoder's cross-attention keys and values inversely, which leaves the same function; during pretraining its output carries Gaussian noise of up to ${noiseLimit} times each dimension's root mean square, and an offset shared by a sample's positions of up to ${offsetLimit}.`,
  data: `${captions.toLocaleString("en")} captions of the micro world's grammar`,
  steps,
  needs: [],
  files: { "config.json": json, "generation_config.json": { decoder_start_token_id: 0, eos_token_id: 1, pad_token_id: 0 } },
  average: 0.995,
  finalise: (weights) => new Map([...weights].map(([name, tensor]) => {
    const factor = finalNormScale / trainedNormScale, by = name === "encoder.final_layer_norm.weight" ? factor : /EncDecAttention\.[kv]\.weight/.test(name) ? 1 / factor : 1;
    return [name, by === 1 ? tensor : floats(tensor.shape, Float32Array.from(tensor.data, (x) => x * by))];
  })),
  async prepare({ assets, progress }) {
    const tokenizer = loadTokenizer(`${assets}/t5`), sentinel = tokenizer.id("<extra_id_0>");
    progress("writing captions");
    const corpus = Array.from({ length: captions }, (_, i) => { const t = trainingTexts(i); return tokenizer.encode(i % 3 === 0 ? t.prompt : t.full); });
    const weights = new WeightScope(), D = config.d_model;
    const ids = input("input_ids", ["B", "T"], "int32"), mask = input("attention_mask", ["B", "T"], "int32"), labels = input("labels", ["B", "L"], "int32");
    const clean = encode(weights, config, ids, mask).last, scale = weights.at("encoder.final_layer_norm").param("weight", [D]);
    // (x + noise) * scale: noise is relative to the norm's weights.
    const states = add(clean, mul(add(input("noise", ["B", "T", D]), unsqueeze(input("offset", ["B", D]), 1)), scale));
    const loss = crossEntropy(decode(weights, config, states, mask, shiftRight(labels)).logits, labels);
    const inner = config.num_heads * config.d_kv;
    const initial = initialise(weights.parameters, 1, (name, shape) => {
      if (name === "encoder.final_layer_norm.weight") return new Random("t5 final norm").normals(D).map((x) => trainedNormScale * Math.exp(finalNormSpread * x));
      if (name.endsWith("norm.weight")) return { fill: 1 };
      if (name === "shared.weight") return 1;
      if (name.endsWith("q.weight")) return (D * config.d_kv) ** -0.5;
      // The decoder reads states of the final norm's scale: keys and values start larger by its inverse.
      if (/EncDecAttention\.[kv]\.weight/.test(name)) return D ** -0.5 / trainedNormScale;
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
        const examples = drawn.slice(from, from + batchSize).map((ids) => example(ids, random, sentinel));
        const source = padded(examples.map((e) => e.source), 0), target = padded(examples.map((e) => e.target), IGNORED);
        const T = source.ids.shape[1]!, noise = tape.read(random, batchSize * T * D), offset = tape.read(random, batchSize * D);
        for (let b = 0; b < batchSize; b++) {
          const quiet = random.chance(cleanShare) ? 0 : 1, s = quiet * random.uniform() * noiseLimit, o = quiet * random.uniform() * offsetLimit;
          for (let i = b * T * D; i < (b + 1) * T * D; i++) noise[i]! *= s;
          for (let i = b * D; i < (b + 1) * D; i++) offset[i]! *= o;
        }
        const tensors: Record<string, Tensor> = { input_ids: source.ids, attention_mask: source.mask, labels: target.ids, noise: floats([batchSize, T, D], noise), offset: floats([batchSize, D], offset) };
        return tensors;
      },
    };
  },
};

