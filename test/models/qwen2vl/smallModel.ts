import { parseQwen2VLConfig, patchWidth, type Qwen2VLConfig } from "../../../src/models/qwen2vl/config.ts";
import type { ImagePatches, Prompt } from "../../../src/models/qwen2vl/batch.ts";
import { Random } from "../../../src/random/random.ts";

/** A config.json of a network with 2 layers of 4 query heads in 2 key-value groups and a tower of 2 blocks. */
export const smallJson = {
  model_type: "qwen2_vl", vocab_size: 31, hidden_size: 32, intermediate_size: 20, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2,
  hidden_act: "silu", rms_norm_eps: 1e-5, rope_theta: 100, rope_scaling: { type: "mrope", mrope_section: [1, 1, 2] }, tie_word_embeddings: true,
  eos_token_id: 3, vision_start_token_id: 4, vision_end_token_id: 5, image_token_id: 6,
  vision_config: { depth: 2, embed_dim: 16, hidden_size: 32, mlp_ratio: 2, num_heads: 2, patch_size: 2 },
};

export const smallConfig = (): Qwen2VLConfig => parseQwen2VLConfig(smallJson);

/** A random image of rows x columns patches. */
export function smallImage(config: Qwen2VLConfig, seed: string, rows = 2, columns = 4): ImagePatches {
  return { gridThw: [1, rows, columns], pixelValues: new Random("image", seed).normals(rows * columns * patchWidth(config.vision_config)) };
}

/** Text, then each image between its marks with its placeholders, then text. */
export function smallPrompt(before: readonly number[], images: readonly ImagePatches[], after: readonly number[]): Prompt {
  const marked = images.flatMap(({ gridThw: [, rows, columns] }) => [4, ...Array<number>((rows * columns) / 4).fill(6), 5]);
  return { ids: [...before, ...marked, ...after], images };
}
