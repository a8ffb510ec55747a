/** CLIP's configurations as published in config.json; defaults are those of the field's left-out values (transformers' CLIPConfig). */
import { z } from "zod";
import { layers, pixels, size, tokenId } from "../configNumbers.ts";

const encoder = {
  hidden_act: z.string().default("quick_gelu"),
  layer_norm_eps: z.number().positive().default(1e-5),
};

const textSchema = z.object({
  ...encoder,
  vocab_size: size.default(49408),
  hidden_size: size.default(512),
  intermediate_size: size.default(2048),
  num_hidden_layers: layers.default(12),
  num_attention_heads: size.default(8),
  max_position_embeddings: size.default(77),
  eos_token_id: tokenId.default(49407),
});

const visionSchema = z.object({
  ...encoder,
  hidden_size: size.default(768),
  intermediate_size: size.default(3072),
  num_hidden_layers: layers.default(12),
  num_attention_heads: size.default(12),
  num_channels: size.default(3),
  image_size: pixels.default(224),
  patch_size: pixels.default(32),
});

const schema = z.object({ text_config: textSchema, vision_config: visionSchema, projection_dim: size.default(512) });

export type ClipTextConfig = z.infer<typeof textSchema>;
export type ClipVisionConfig = z.infer<typeof visionSchema>;
export type ClipConfig = z.infer<typeof schema>;

function checkHeads({ hidden_size, num_attention_heads }: { readonly hidden_size: number; readonly num_attention_heads: number }): void {
  if (hidden_size % num_attention_heads !== 0) throw new Error(`CLIP: hidden_size ${hidden_size} is not a multiple of num_attention_heads ${num_attention_heads}`);
}

/** The configuration of the text tower alone (CLIPTextModel, as FLUX has it). Throws on settings that are missing, of another type or not supported. */
export function parseClipTextConfig(json: unknown): ClipTextConfig {
  const config = textSchema.parse(json);
  checkHeads(config);
  return config;
}

/** The configuration of the vision tower alone (CLIPVisionModel, as LLaVA has it). Throws on settings that are missing, of another type or not supported. */
export function parseClipVisionConfig(json: unknown): ClipVisionConfig {
  const config = visionSchema.parse(json);
  checkHeads(config);
  if (config.image_size % config.patch_size !== 0) throw new Error(`CLIP: image_size ${config.image_size} is not a multiple of patch_size ${config.patch_size}`);
  return config;
}

/** The configuration of both towers. Throws on settings that are missing, of another type or not supported. */
export function parseClipConfig(json: unknown): ClipConfig {
  const config = schema.parse(json);
  return { ...config, text_config: parseClipTextConfig(config.text_config), vision_config: parseClipVisionConfig(config.vision_config) };
}
