/** The repositories that the paper profile is fetched from, in their published layouts at a few thousand random parameters: configurations, tokenizers, and weights in every format that users hold. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { declarationOf } from "../../../src/harness/inspect/architectures.ts";
import { paperModels, type PaperPart, type PublishedModel } from "../../../src/harness/profiles/paperModels.ts";
import { Random } from "../../../src/random/random.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";
import { encode, writeSafetensors, type TensorToWrite } from "../../../src/weights/safetensorsWriter.ts";
import type { Files } from "../../weights/hub/localHub.ts";
import { torchSave } from "../../weights/torchSave.ts";

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

interface Format {
  readonly dtype: "F32" | "F16" | "BF16";
  readonly extension: "safetensors" | "bin";
  readonly shards: number;
  /** Tensors beside those that the model declares, as published files have them: the name of the one they are tied to, or a buffer of positions. */
  readonly beside?: Readonly<Record<string, string | { readonly positions: number }>>;
  /** Tensors of other parts of the repository's model, in one more shard, which is not to be fetched. */
  readonly others?: readonly string[];
}

const sharded = { dtype: "BF16", extension: "safetensors", shards: 2 } as const;

/** How each part's weights are kept: as published, or as often saved again (clip-text in half, the autoencoder in full precision); T5's repository has both kinds of files. */
const formats: Readonly<Partial<Record<PaperPart, Format>>> = {
  lvlm: sharded, flux: sharded, "t5-text": sharded,
  t5: { dtype: "F32", extension: "bin", shards: 2, beside: { "encoder.embed_tokens.weight": "shared.weight", "decoder.embed_tokens.weight": "shared.weight" } },
  vision: { ...sharded, dtype: "F32", others: ["language_model.shared.weight", "qformer.layernorm.weight"] },
  vae: { dtype: "F32", extension: "safetensors", shards: 1 },
  "clip-text": { dtype: "F16", extension: "safetensors", shards: 1, beside: { "text_model.embeddings.position_ids": { positions: 77 } } },
  judge: { ...sharded, dtype: "F16" },
  "clip-judge": { dtype: "F32", extension: "bin", shards: 1, beside: { "text_model.embeddings.position_ids": { positions: 200 }, "vision_model.embeddings.position_ids": { positions: 5 } } },
};

/** Numbers that every element type here holds exactly. */
const exact = (part: string, tensor: string, count: number): Float32Array =>
  Float32Array.from(new Random("rehearsal", part, tensor).normals(count), (x) => Math.round(128 * (/norm/.test(tensor) && !tensor.endsWith("bias") ? 1 + 0.1 * x : 0.3 * x)) / 128);

/** The bytes of one file of weights. */
function weightFile(tensors: ReadonlyMap<string, TensorToWrite>, { extension }: Format, scratch: string): Buffer {
  if (extension === "bin") return torchSave(tensors);
  const file = join(scratch, "weights.safetensors");
  writeSafetensors(file, tensors, { format: "pt" });
  return readFileSync(file);
}

/** A part's random weights in its format, with the index of several files (FLUX's pipeline names them otherwise). */
function weightFiles(part: PaperPart, scratch: string): Record<string, Buffer | string> {
  const format = formats[part]!, { dtype, extension, shards, beside = {}, others } = format, tensors = new Map<string, TensorToWrite>();
  for (const { name, shape } of declarationOf(configs[part], part).tensors) tensors.set(name, { dtype, shape, data: encode(dtype, exact(part, name, shape.reduce((a, b) => a * b, 1))) });
  for (const [name, what] of Object.entries(beside)) tensors.set(name, typeof what === "string" ? tensors.get(what)! : { dtype: "I64", shape: [1, what.positions], data: BigInt64Array.from({ length: what.positions }, (_, i) => BigInt(i)) });
  const stem = extension === "bin" ? "pytorch_model" : ["flux", "vae"].includes(part) ? "diffusion_pytorch_model" : "model";
  if (shards === 1) return { [`${stem}.${extension}`]: weightFile(tensors, format, scratch) };
  const parts = Array.from({ length: shards }, (_, n) => new Map([...tensors].filter((_entry, t) => t % shards === n)));
  if (others) parts.push(new Map(others.map((name) => [name, { dtype, shape: [1], data: encode(dtype, new Float32Array(1)) }])));
  const named = parts.map((own, n) => [`${stem}-0000${n + 1}-of-0000${parts.length}.${extension}`, own] as const);
  return {
    ...Object.fromEntries(named.map(([name, own]) => [name, weightFile(own, format, scratch)])),
    [`${stem}.${extension}.index.json`]: JSON.stringify({ metadata: { total_size: 0 }, weight_map: Object.fromEntries(named.flatMap(([name, own]) => [...own.keys()].map((tensor) => [tensor, name]))) }),
  };
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
