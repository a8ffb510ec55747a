import { z } from "zod";
import { layers, pixels, size } from "../configNumbers.ts";

const schema = z.object({
  vision_config: z.object({
    hidden_size: size.default(1408),
    intermediate_size: size.default(6144),
    num_hidden_layers: layers.default(39),
    num_attention_heads: size.default(16),
    image_size: pixels.default(224),
    patch_size: pixels.default(14),
    hidden_act: z.string().default("gelu"),
    layer_norm_eps: z.number().positive().default(1e-6),
    qkv_bias: z.boolean().default(true),
  }),
});

export type EvaVitConfig = z.infer<typeof schema>["vision_config"];

/** The vision tower's configuration out of BLIP-2's published config.json; left-out values are transformers' (those of the released ViT-g). Throws on settings of another type or not supported. */
export function parseEvaVitConfig(json: unknown): EvaVitConfig {
  const config = schema.parse(json).vision_config, { hidden_size, image_size, num_attention_heads, patch_size } = config;
  if (hidden_size % num_attention_heads !== 0) throw new Error(`EVA ViT: hidden_size ${hidden_size} is not a multiple of num_attention_heads ${num_attention_heads}`);
  if (image_size % patch_size !== 0) throw new Error(`EVA ViT: image_size ${image_size} is not a multiple of patch_size ${patch_size}`);
  return config;
}

/** How the names of the tower's tensors begin among all of BLIP-2's. */
export const evaVitPart = "vision_model.";

/** Patches along one side of the image. */
export const gridSide = ({ image_size, patch_size }: EvaVitConfig): number => image_size / patch_size;
