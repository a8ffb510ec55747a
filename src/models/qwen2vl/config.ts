import { z } from "zod";
import { UserError } from "../../files/userError.ts";
import { layers, pixels, size, tokenId } from "../configNumbers.ts";

const published = z.object({
  model_type: z.literal("qwen2_vl"),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layers,
  num_attention_heads: size,
  num_key_value_heads: size,
  hidden_act: z.literal("silu"),
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive(),
  rope_scaling: z.object({
    type: z.enum(["mrope", "default"]).optional(),
    rope_type: z.enum(["mrope", "default"]).optional(),
    mrope_section: z.tuple([size, size, size]),
  }),
  use_sliding_window: z.literal(false).default(false),
  tie_word_embeddings: z.boolean().default(false),
  eos_token_id: tokenId,
  vision_start_token_id: tokenId,
  vision_end_token_id: tokenId,
  image_token_id: tokenId,
  vision_config: z.object({
    depth: layers,
    embed_dim: size,
    hidden_size: size,
    hidden_act: z.string().default("quick_gelu"),
    mlp_ratio: z.number().positive().default(4),
    num_heads: size,
    in_channels: size.default(3),
    in_chans: z.literal(3).default(3),
    patch_size: pixels,
    spatial_merge_size: size.default(2),
    temporal_patch_size: size.default(2),
  }),
});

/** Qwen2-VL's settings under the names of its published config.json. */
export type Qwen2VLConfig = z.infer<typeof published>;
export type Qwen2VLVisionConfig = Qwen2VLConfig["vision_config"];

/** Checks a published Qwen2-VL config.json (parsed); throws a UserError naming each setting that is missing or not supported. */
export function parseQwen2VLConfig(json: unknown): Qwen2VLConfig {
  const parsed = published.safeParse(json);
  const refuse = (problems: readonly string[]): never => { throw new UserError(`Qwen2-VL config: ${problems.join("; ")}`); };
  if (!parsed.success) return refuse(parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`));
  const config = parsed.data, vision = config.vision_config;
  const rotated = 2 * config.rope_scaling.mrope_section.reduce((a, b) => a + b);
  const problems = [
    config.hidden_size % config.num_attention_heads !== 0 && `hidden_size ${config.hidden_size} is not a multiple of num_attention_heads ${config.num_attention_heads}`,
    config.num_attention_heads % config.num_key_value_heads !== 0 && `num_attention_heads ${config.num_attention_heads} is not a multiple of num_key_value_heads ${config.num_key_value_heads}`,
    rotated !== headWidth(config) && `rope_scaling.mrope_section must sum to half the head width ${headWidth(config)}, found ${rotated / 2}`,
    vision.embed_dim % (4 * vision.num_heads) !== 0 && `vision_config.embed_dim ${vision.embed_dim} is not a multiple of 4 * num_heads (${4 * vision.num_heads})`,
    vision.hidden_size !== config.hidden_size && `vision_config.hidden_size ${vision.hidden_size} differs from hidden_size ${config.hidden_size}`,
  ].filter((problem) => problem !== false);
  return problems.length > 0 ? refuse(problems) : config;
}

/** Width of one attention head of the decoder. */
export const headWidth = (config: Pick<Qwen2VLConfig, "hidden_size" | "num_attention_heads">): number => config.hidden_size / config.num_attention_heads;

/** Numbers in one flattened patch: channels, frames, rows, columns. */
export const patchWidth = ({ in_channels, temporal_patch_size, patch_size }: Qwen2VLVisionConfig): number => in_channels * temporal_patch_size * patch_size ** 2;
