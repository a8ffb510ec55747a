/** A T5 and a Qwen2-VL of random weights around the micro profile's tokenizers, in folders as published. */
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseline } from "../../../src/ablations/index.ts";
import type { Experiment } from "../../../src/ablations/experiment.ts";
import type { FeatureImages } from "../../../src/harness/features/recipe.ts";
import { parseQwen2VLConfig } from "../../../src/models/qwen2vl/config.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../../src/models/qwen2vl/qwen2vl.ts";
import { parseT5Config } from "../../../src/models/t5/config.ts";
import { decode, encode } from "../../../src/models/t5/t5.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input } from "../../../src/ops/index.ts";
import { Random } from "../../../src/random/random.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";
import { writeSafetensors } from "../../../src/weights/safetensors.ts";
import { randomParameters } from "../../models/directionalDerivative.ts";

const t5Json = { vocab_size: 544, d_model: 12, d_kv: 4, d_ff: 10, num_layers: 1, num_decoder_layers: 1, num_heads: 2, relative_attention_num_buckets: 8, relative_attention_max_distance: 20, feed_forward_proj: "gated-gelu", tie_word_embeddings: false };

function writeModel(folder: string, from: string, config: object, weights: WeightScope): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) copyFileSync(join(from, name), join(folder, name));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeSafetensors(join(folder, "model.safetensors"), new Map(Object.entries(randomParameters(weights)).map(([name, { shape, data }]) => [name, { dtype: "F32" as const, shape, data: data as Float32Array }])));
}

function writeT5(folder: string): void {
  const config = parseT5Config(t5Json), weights = new WeightScope(), ids = input("ids", ["B", "T"], "int32");
  decode(weights, config, encode(weights, config, ids, input("mask", ["B", "T"], "int32")).last, input("mask", ["B", "T"], "int32"), ids);
  writeModel(folder, "assets/micro/t5", t5Json, weights);
}

function writeLvlm(folder: string): void {
  const tokenizer = loadTokenizer("assets/micro/lvlm");
  const json = {
    model_type: "qwen2_vl", vocab_size: 960, hidden_size: 16, intermediate_size: 20, num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1, hidden_act: "silu", rms_norm_eps: 1e-6, rope_theta: 100,
    rope_scaling: { type: "mrope", mrope_section: [1, 1, 2] }, eos_token_id: tokenizer.id("<|im_end|>"), vision_start_token_id: tokenizer.id("<|vision_start|>"), vision_end_token_id: tokenizer.id("<|vision_end|>"), image_token_id: tokenizer.id("<|image_pad|>"),
    vision_config: { depth: 1, embed_dim: 8, hidden_size: 16, mlp_ratio: 2, num_heads: 2, patch_size: 4 },
  };
  const config = parseQwen2VLConfig(json), weights = new WeightScope();
  qwen2vlForward(weights, config, qwen2vlInputs(config));
  writeModel(folder, "assets/micro/lvlm", json, weights);
  writeFileSync(join(folder, "preprocessor_config.json"), JSON.stringify({ patch_size: 4, merge_size: 2, temporal_patch_size: 2, min_pixels: 256, max_pixels: 256, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] }));
}

/** Pictures of 16 x 16 random pixels. */
export const noiseImages: FeatureImages = {
  identity: "noise",
  image: (set, index) => { const random = new Random("noise", set, index); return Promise.resolve({ width: 16, height: 16, data: Uint8Array.from({ length: 768 }, () => random.int(256)) }); },
};

/** Folders of both models, in a temporary folder of their own that also serves as cache. */
export function tinyProfile(): { readonly folders: { readonly lvlm: string; readonly t5: string }; readonly cache: string } {
  const root = mkdtempSync(join(tmpdir(), "tiny-profile-")), folders = { lvlm: join(root, "lvlm"), t5: join(root, "t5") };
  writeT5(folders.t5);
  writeLvlm(folders.lvlm);
  return { folders, cache: join(root, "cache") };
}

export const executor = ortExecutor({ threads: 1 });

/** A baseline of a few small steps. */
export const shortExperiment: Experiment = { ...baseline, batch: 4, steps: 8, schedule: { ...baseline.schedule, peak: 1e-2, floor: 8e-3, warmup: 0.25 } };
