/** The repositories that the paper profile is fetched from, in their published layouts at a few thousand random parameters: shards, bfloat16, tokenizers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { declarationOf } from "../../../src/harness/inspect/architectures.ts";
import { paperModels, type PaperPart, type PublishedModel } from "../../../src/harness/profiles/paperModels.ts";
import { Random } from "../../../src/random/random.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";
import { writeSafetensors } from "../../../src/weights/safetensors.ts";
import type { Files } from "../../weights/hub/localHub.ts";

const tokenizers = "test/oracle/tokenizers";
const vocabulary = (name: string): number => loadTokenizer(join(tokenizers, name)).vocabSize;
const qwen = loadTokenizer(join(tokenizers, "qwen2")), llama = loadTokenizer(join(tokenizers, "llama"));
const normalisation = { image_mean: [0.48, 0.46, 0.41], image_std: [0.27, 0.26, 0.28] };
const tower = { hidden_size: 8, intermediate_size: 8, num_hidden_layers: 2, num_attention_heads: 1 };

const t5 = (architecture: string) => ({
  architectures: [architecture], model_type: "t5", vocab_size: vocabulary("t5") + 4, d_model: 12, d_kv: 4, d_ff: 16, num_layers: 1, num_decoder_layers: 1, num_heads: 2, feed_forward_proj: "gated-gelu", tie_word_embeddings: false,
});

/** config.json of each part: the published one's settings at tiny sizes. */
const configs: Readonly<Partial<Record<PaperPart, object>>> = {
  lvlm: {
    architectures: ["Qwen2VLForConditionalGeneration"], model_type: "qwen2_vl", vocab_size: qwen.vocabSize, hidden_size: 16, intermediate_size: 20, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, hidden_act: "silu",
    rms_norm_eps: 1e-6, rope_theta: 1e6, rope_scaling: { type: "mrope", mrope_section: [1, 1, 2] }, eos_token_id: qwen.eosId, vision_start_token_id: qwen.id("<|vision_start|>"), vision_end_token_id: qwen.id("<|vision_end|>"), image_token_id: qwen.id("<|image_pad|>"),
    vision_config: { depth: 1, embed_dim: 8, hidden_size: 16, mlp_ratio: 1, num_heads: 1, patch_size: 14, in_chans: 3 },
  },
  t5: t5("T5ForConditionalGeneration"),
  "t5-text": t5("T5EncoderModel"),
  vision: { architectures: ["Blip2ForConditionalGeneration"], model_type: "blip-2", vision_config: { model_type: "blip_2_vision_model", hidden_size: 8, intermediate_size: 10, num_hidden_layers: 1, num_attention_heads: 2, image_size: 28, patch_size: 7 } },
  flux: { _class_name: "FluxTransformer2DModel", in_channels: 16, num_layers: 1, num_single_layers: 1, attention_head_dim: 8, num_attention_heads: 2, joint_attention_dim: 12, pooled_projection_dim: 8, guidance_embeds: true, axes_dims_rope: [4, 2, 2] },
  vae: {
    _class_name: "AutoencoderKL", down_block_types: Array(4).fill("DownEncoderBlock2D"), up_block_types: Array(4).fill("UpDecoderBlock2D"), block_out_channels: [2, 2, 2, 2], layers_per_block: 1, latent_channels: 4, norm_num_groups: 1,
    scaling_factor: 0.3611, shift_factor: 0.1159, use_quant_conv: false, use_post_quant_conv: false, mid_block_add_attention: false,
  },
  "clip-text": { architectures: ["CLIPTextModel"], model_type: "clip_text_model", vocab_size: vocabulary("clip"), ...tower, max_position_embeddings: 77, eos_token_id: 2 },
  judge: {
    architectures: ["LlavaForConditionalGeneration"], model_type: "llava", image_token_index: llama.id("<image>"), projector_hidden_act: "gelu", vision_feature_layer: -2, vision_feature_select_strategy: "default",
    text_config: { model_type: "llama", vocab_size: llama.vocabSize, ...tower, num_attention_heads: 2, rms_norm_eps: 1e-5, eos_token_id: llama.eosId }, vision_config: { model_type: "clip_vision_model", ...tower, image_size: 28, patch_size: 14 },
  },
  "clip-judge": { architectures: ["CLIPModel"], model_type: "clip", projection_dim: 6, text_config: { vocab_size: vocabulary("clip"), ...tower, max_position_embeddings: 200, eos_token_id: 2 }, vision_config: { ...tower, image_size: 32, patch_size: 16 } },
};

const others: Readonly<Partial<Record<PaperPart, Readonly<Record<string, object>>>>> = {
  lvlm: {
    "generation_config.json": { eos_token_id: [qwen.eosId, qwen.padId] },
    "preprocessor_config.json": { image_processor_type: "Qwen2VLImageProcessor", patch_size: 14, merge_size: 2, temporal_patch_size: 2, min_pixels: 3136, max_pixels: 3136, ...normalisation },
  },
  vision: { "preprocessor_config.json": { size: { height: 28, width: 28 }, ...normalisation } },
  scheduler: { "scheduler_config.json": { _class_name: "FlowMatchEulerDiscreteScheduler", base_image_seq_len: 256, base_shift: 0.5, max_image_seq_len: 4096, max_shift: 1.15, num_train_timesteps: 1000, shift: 3.0, use_dynamic_shifting: true } },
  judge: { "preprocessor_config.json": { crop_size: { height: 28, width: 28 }, ...normalisation } },
  "clip-judge": { "preprocessor_config.json": { crop_size: 32, ...normalisation } },
};

const tokenizerOf: Readonly<Partial<Record<PaperPart, string>>> = { lvlm: "qwen2", t5: "t5", "t5-text": "t5", "clip-text": "clip", judge: "llama", "clip-judge": "clip" };

/** The upper half of a float32: its bfloat16, rounded towards zero. */
const bfloat16 = (x: Float32Array): Uint16Array => Uint16Array.from(new Uint32Array(x.buffer), (bits) => bits >>> 16);

/** A part's random weights in two bfloat16 shards and their index (FLUX's pipeline names them otherwise). */
function weightFiles(part: PaperPart, scratch: string): Record<string, Buffer | string> {
  const stem = ["flux", "vae"].includes(part) ? "diffusion_pytorch_model" : "model", { tensors } = declarationOf(configs[part], part), weight_map: Record<string, string> = {}, files: Record<string, Buffer | string> = {};
  for (const [i, half] of [tensors.filter((_, t) => t % 2 === 0), tensors.filter((_, t) => t % 2 === 1)].entries()) {
    const name = `${stem}-0000${i + 1}-of-00002.safetensors`, file = join(scratch, name);
    writeSafetensors(file, new Map(half.map(({ name: tensor, shape }) => {
      const values = new Random("rehearsal", part, tensor).normals(shape.reduce((a, b) => a * b, 1));
      return [tensor, { dtype: "BF16" as const, shape, data: bfloat16(Float32Array.from(values, (x) => (/norm/.test(tensor) && !tensor.endsWith("bias") ? 1 + 0.1 * x : 0.3 * x))) }];
    })), { format: "pt" });
    files[name] = readFileSync(file);
    for (const { name: tensor } of half) weight_map[tensor] = name;
  }
  return { ...files, [`${stem}.safetensors.index.json`]: JSON.stringify({ metadata: { total_size: 0 }, weight_map }) };
}

/** A part's tokenizer files as its repository has them. */
function tokenizerFiles(part: PaperPart): Record<string, Buffer | string> {
  const from = tokenizerOf[part];
  if (from === undefined) return {};
  const own = { "tokenizer_config.json": readFileSync(join(tokenizers, from, "tokenizer_config.json")) }, file = readFileSync(join(tokenizers, from, "tokenizer.json"), "utf8");
  if (part !== "clip-text") return { ...own, "tokenizer.json": file };
  // FLUX.1-dev has CLIP's tokenizer in its older layout.
  const { model: { vocab, merges } } = JSON.parse(file) as { model: { vocab: object; merges: (string | string[])[] } };
  return { ...own, "vocab.json": JSON.stringify(vocab), "merges.txt": `#version: 0.2\n${merges.map((pair) => [pair].flat().join(" ")).join("\n")}\n` };
}

const inFolder = (folder: string, files: Readonly<Record<string, Buffer | string>>): Record<string, Buffer | string> => Object.fromEntries(Object.entries(files).map(([name, content]) => [join(folder, name), content]));

/** The repositories of the paper profile, by owner/name: the files that a hub serves; `scratch` is a folder to work in. */
export function publishedRepositories(scratch: string): Record<string, Files> {
  const repositories: Record<string, Files> = {};
  for (const part of Object.keys(paperModels) as PaperPart[]) {
    const published: PublishedModel = paperModels[part], config = configs[part];
    const own = { ...Object.fromEntries(Object.entries({ ...(config ? { "config.json": config } : {}), ...others[part] }).map(([name, json]) => [name, JSON.stringify(json)])), ...(config ? weightFiles(part, scratch) : {}) };
    repositories[published.repo] = { ...repositories[published.repo], ...inFolder(published.folder, own), ...inFolder(published.tokenizer ?? "", tokenizerFiles(part)), "README.md": "not needed" };
  }
  return repositories;
}
