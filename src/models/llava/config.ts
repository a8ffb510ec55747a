/** LLaVA-1.5's configuration as published in config.json; left-out values are transformers' (LlamaConfig, LlavaConfig). */
import { z } from "zod";
import { parseClipVisionConfig, type ClipVisionConfig } from "../clip/config.ts";
import { layers, size, tokenId } from "../configNumbers.ts";

const onlyFalse = z.literal(false, "only false is supported").default(false);

const textSchema = z.object({
  model_type: z.literal("llama", "only llama is supported").default("llama"),
  vocab_size: size.default(32000),
  hidden_size: size.default(4096),
  intermediate_size: size.default(11008),
  num_hidden_layers: layers.default(32),
  num_attention_heads: size.default(32),
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  hidden_act: z.string().default("silu"),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().default(10000),
  rope_scaling: z.null("only null is supported").default(null),
  attention_bias: onlyFalse,
  mlp_bias: onlyFalse,
  tie_word_embeddings: onlyFalse,
  eos_token_id: tokenId.default(2),
});

const schema = z.object({
  text_config: textSchema,
  vision_config: z.unknown(),
  image_token_index: tokenId.default(32000),
  projector_hidden_act: z.string().default("gelu"),
  multimodal_projector_bias: z.literal(true, "only true is supported").default(true),
  vision_feature_layer: z.number().int().default(-2),
  vision_feature_select_strategy: z.literal("default", 'only "default" (class token dropped) is supported').default("default"),
  tie_word_embeddings: onlyFalse,
});

export type LlamaConfig = z.infer<typeof textSchema>;
export type LlavaConfig = Omit<z.infer<typeof schema>, "vision_config"> & { readonly vision_config: ClipVisionConfig };

/** LLaVA-1.5's configuration. Throws on settings that are missing, of another type or not supported, by name. */
export function parseLlavaConfig(json: unknown): LlavaConfig {
  const config = schema.parse(json), vision_config = parseClipVisionConfig(config.vision_config);
  const { head_dim, hidden_size, num_attention_heads, num_key_value_heads } = config.text_config;
  if (hidden_size % num_attention_heads !== 0) throw new Error(`LLaVA: hidden_size ${hidden_size} is not a multiple of num_attention_heads ${num_attention_heads}`);
  if ((num_key_value_heads ?? num_attention_heads) !== num_attention_heads) throw new Error(`LLaVA: num_key_value_heads ${num_key_value_heads} is unlike num_attention_heads ${num_attention_heads}; grouped heads are not supported`);
  if ((head_dim ?? hidden_size / num_attention_heads) !== hidden_size / num_attention_heads) throw new Error(`LLaVA: head_dim ${head_dim} is unlike hidden_size / num_attention_heads`);
  const layers = vision_config.num_hidden_layers, layer = config.vision_feature_layer;
  if (layer === 0 || layer > layers || layer < -layers) throw new Error(`LLaVA: vision_feature_layer ${layer} is none of the tower's ${layers} layers (1 to ${layers}, or counted back from -1)`);
  return { ...config, vision_config };
}

/** Tokens one image takes: the tower's patches. */
export const imageTokens = ({ vision_config: { image_size, patch_size } }: LlavaConfig): number => (image_size / patch_size) ** 2;
