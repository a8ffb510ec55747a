import { CLIP_NORMALISATION } from "../../images/normalise.ts";
import { parseClipConfig, type ClipConfig } from "../../models/clip/config.ts";
import type { Value } from "../../graph/value.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import type { Optimizer } from "../../training/update.ts";
import { pixels } from "./images.ts";
import { initialise } from "./initialise.ts";

/** config.json of a micro CLIPModel with a tokenizer's ids. */
export function clipJson(tokenizer: TextTokenizer): Record<string, unknown> {
  const tower = { hidden_size: 96, intermediate_size: 256, num_attention_heads: 4, hidden_act: "quick_gelu", layer_norm_eps: 1e-5, attention_dropout: 0 };
  return {
    architectures: ["CLIPModel"], model_type: "clip", projection_dim: 64, logit_scale_init_value: 2.6592, torch_dtype: "float16",
    text_config: { ...tower, model_type: "clip_text_model", num_hidden_layers: 2, vocab_size: tokenizer.vocabSize, max_position_embeddings: 77, projection_dim: 64, eos_token_id: tokenizer.eosId, bos_token_id: tokenizer.bosId, pad_token_id: tokenizer.eosId },
    vision_config: { ...tower, model_type: "clip_vision_model", num_hidden_layers: 3, num_channels: 3, image_size: 64, patch_size: 8, projection_dim: 64 },
  };
}

/** A tokenizer's configuration as the model reads it. */
export const clipConfig = (tokenizer: TextTokenizer): ClipConfig => parseClipConfig(clipJson(tokenizer));

/** preprocessor_config.json of a micro CLIPModel. */
export const clipPreprocessorJson = {
  image_processor_type: "CLIPImageProcessor", crop_size: { height: 64, width: 64 }, size: { shortest_edge: 64 }, do_center_crop: true, do_resize: true, do_normalize: true, do_rescale: true, do_convert_rgb: true,
  image_mean: CLIP_NORMALISATION.mean, image_std: CLIP_NORMALISATION.std, resample: 3,
};

/** Initial weights of both towers. */
export const initialClip = (parameters: ReadonlyMap<string, Value>, seed: number): Map<string, Tensor> => initialise(parameters, seed, (name, shape) => {
  if (name.endsWith("logit_scale")) return { fill: 2.6592 };
  if (name.endsWith("bias")) return { fill: 0 };
  if (/norm/.test(name)) return { fill: 1 };
  if (/position_embedding|token_embedding|class_embedding/.test(name)) return 0.1;
  const fan = shape.slice(1).reduce((a, b) => a * b, 1);
  return (/out_proj|self_attn\.projection|fc2/.test(name) ? 0.4 : 1) * fan ** -0.5;
});

/** Muon on the towers' matrices, AdamW on embeddings, norms and biases. */
export const clipOptimizer: Optimizer = {
  adamW: { beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay: 0.01 }, clip: 1,
  muon: { momentum: 0.95, weightDecay: 0.01, size: 0.4, use: (name, shape) => shape.length === 2 && !/embedding/.test(name) },
};

/** CLIP's normalised pixels of pictures, [B, 3, 64, 64]. */
export function clipPixels(pictures: readonly Uint8Array[]): Float32Array {
  const { mean, std } = CLIP_NORMALISATION;
  return pixels(pictures, std.map((s) => 1 / s), mean.map((m, c) => -m / std[c]!));
}
