import { copyFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { baseline } from "../../../src/ablations/index.ts";
import { thinkDiffClip } from "../../../src/ablations/thinkdiff-clip.ts";
import { featureScene } from "../../../src/harness/features/microImages.ts";
import type { Profile } from "../../../src/harness/profile.ts";
import { microProfile, shownValue } from "../../../src/harness/profile.ts";
import { renderScene } from "../../../src/micro/world/rasterize.ts";
import { decode as decodeLatent, encode as encodeImage } from "../../../src/models/autoencoder/autoencoder.ts";
import { parseAutoencoderConfig } from "../../../src/models/autoencoder/config.ts";
import { clipImageEmbeds, clipTextEmbeds } from "../../../src/models/clip/clip.ts";
import { parseClipConfig } from "../../../src/models/clip/config.ts";
import { parseEvaVitConfig } from "../../../src/models/evaVit/config.ts";
import { evaVit } from "../../../src/models/evaVit/evaVit.ts";
import { parseFluxConfig } from "../../../src/models/flux/config.ts";
import { fluxTransformer } from "../../../src/models/flux/transformer.ts";
import { parseQwen2VLConfig } from "../../../src/models/qwen2vl/config.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../../src/models/qwen2vl/qwen2vl.ts";
import { parseT5Config } from "../../../src/models/t5/config.ts";
import { decode, encode } from "../../../src/models/t5/t5.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { input } from "../../../src/ops/index.ts";
import { loadTokenizer } from "../../../src/text/tokenizer.ts";
import { openSafetensors, readTensor, writeSafetensors } from "../../../src/weights/safetensors.ts";
import { randomParameters } from "../../models/directionalDerivative.ts";

/** A model's folder with random weights of everything that `declare` traces, `factor` times as large. */
function modelFolder(folder: string, json: object, declare: (weights: WeightScope) => unknown, { tokenizer, file = "model.safetensors", factor = 1 }: { tokenizer?: string; file?: string; factor?: number } = {}): string {
  const weights = new WeightScope();
  declare(weights);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(json));
  writeSafetensors(join(folder, file), new Map(Object.entries(randomParameters(weights)).map(([name, { shape, data }]) => [name, { dtype: "F32", shape, data: (data as Float32Array).map((x) => factor * x) }])));
  if (tokenizer !== undefined) for (const name of ["tokenizer.json", "tokenizer_config.json"]) copyFileSync(join("assets/micro", tokenizer, name), join(folder, name));
  return folder;
}

const ids = (name = "ids") => input(name, ["B", name], "int32");

function lvlm(folder: string): string {
  const tokenizer = loadTokenizer("assets/micro/lvlm");
  const json = {
    model_type: "qwen2_vl", vocab_size: tokenizer.vocabSize, hidden_size: 16, intermediate_size: 20, num_hidden_layers: 1, num_attention_heads: 2, num_key_value_heads: 1,
    hidden_act: "silu", rms_norm_eps: 1e-5, rope_theta: 100, rope_scaling: { type: "mrope", mrope_section: [1, 1, 2] },
    eos_token_id: tokenizer.id("<|im_end|>"), vision_start_token_id: tokenizer.id("<|vision_start|>"), vision_end_token_id: tokenizer.id("<|vision_end|>"), image_token_id: tokenizer.id("<|image_pad|>"),
    vision_config: { depth: 1, embed_dim: 8, hidden_size: 16, mlp_ratio: 1, num_heads: 1, patch_size: 16 },
  };
  const config = parseQwen2VLConfig(json), mean = [0.5, 0.5, 0.5];
  modelFolder(folder, json, (weights) => qwen2vlForward(weights, config, qwen2vlInputs(config)), { tokenizer: "lvlm" });
  writeFileSync(join(folder, "preprocessor_config.json"), JSON.stringify({ image_processor_type: "Qwen2VLImageProcessor", patch_size: 16, merge_size: 2, temporal_patch_size: 2, min_pixels: 4096, max_pixels: 4096, image_mean: mean, image_std: mean }));
  return folder;
}

/** A T5 of one layer. */
export function t5(folder: string, factor = 1): string {
  const json = {
    vocab_size: loadTokenizer("assets/micro/t5").vocabSize, d_model: 12, d_kv: 4, d_ff: 16, num_layers: 1, num_decoder_layers: 1, num_heads: 2, feed_forward_proj: "gated-gelu", tie_word_embeddings: false,
  };
  const config = parseT5Config(json);
  return modelFolder(folder, json, (weights) => decode(weights, config, encode(weights, config, ids(), ids()).last, ids(), ids("targets")), { tokenizer: "t5", factor });
}

/** A FLUX of one double and one single block. */
export function flux(folder: string, factor = 1): string {
  const json = { in_channels: 16, num_layers: 1, num_single_layers: 1, attention_head_dim: 8, num_attention_heads: 2, joint_attention_dim: 12, pooled_projection_dim: 10, guidance_embeds: true, axes_dims_rope: [4, 2, 2] };
  const config = parseFluxConfig(json);
  return modelFolder(folder, json, (weights) => fluxTransformer(weights, config, {
    hiddenStates: input("x", ["B", "P", 16]), encoderHiddenStates: input("text", ["B", "T", 12]), pooled: input("pooled", ["B", 10]), timestep: input("t", ["B"]), guidance: input("g", ["B"]), imgIds: input("ids", ["P", 3]),
  }), { file: "diffusion_pytorch_model.safetensors", factor });
}

function vae(folder: string): string {
  const json = { down_block_types: Array(4).fill("DownEncoderBlock2D"), up_block_types: Array(4).fill("UpDecoderBlock2D"), block_out_channels: [4, 4, 4, 4], latent_channels: 4, norm_num_groups: 2, scaling_factor: 1, use_quant_conv: false, use_post_quant_conv: false };
  const config = parseAutoencoderConfig(json);
  return modelFolder(folder, json, (weights) => decodeLatent(weights, config, encodeImage(weights, config, input("image", ["B", 3, 64, 64])).mean), { file: "diffusion_pytorch_model.safetensors" });
}

function clip(folder: string): string {
  const json = {
    projection_dim: 6, text_config: { vocab_size: loadTokenizer("assets/micro/clip").vocabSize, hidden_size: 10, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1, max_position_embeddings: 24, eos_token_id: 2 },
    vision_config: { hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1, image_size: 32, patch_size: 16 },
  };
  const config = parseClipConfig(json);
  return modelFolder(folder, json, (weights) => [clipImageEmbeds(weights, config, input("pixels", ["I", 3, 32, 32])), clipTextEmbeds(weights, config, ids())], { tokenizer: "clip" });
}

function vision(folder: string): string {
  const json = { vision_config: { hidden_size: 8, intermediate_size: 12, num_hidden_layers: 1, num_attention_heads: 2, image_size: 16, patch_size: 4 } }, config = parseEvaVitConfig(json);
  return modelFolder(folder, json, (weights) => evaVit(weights, config, input("pixels", ["B", 3, 16, 16])));
}

function scheduler(folder: string): string {
  const file = join(folder, "scheduler_config.json");
  writeFileSync(file, JSON.stringify({ shift: 3 }));
  return file;
}

/** A profile of random models of a few thousand parameters in `folder`, on the benchmark's pictures in `datasets`. */
export function tinyProfile(folder: string, datasets: string): Profile {
  const judge = clip(join(folder, "clip"));
  return {
    ...microProfile,
    name: "micro",
    models: { lvlm: lvlm(join(folder, "lvlm")), vision: vision(join(folder, "vision")), t5: t5(join(folder, "t5")), flux: flux(join(folder, "flux")), vae: vae(join(folder, "vae")), clip: judge, judge, "judge-2": judge, "t5-text": join(folder, "t5") },
    judges: [{ kind: "clip", name: "judge", role: "judge", prompt: shownValue }],
    aligner: {
      experiment: { ...baseline, steps: 3, batch: 4 }, samples: { train: 6, heldOut: 2 }, ablationSteps: 3, shipped: join(folder, "no aligner"),
      images: { identity: "a".repeat(64), image: async (set, index) => ({ width: 64, height: 64, data: await renderScene(featureScene(set, index)) }) },
    },
    clipAligner: { ...microProfile.clipAligner, experiment: { ...thinkDiffClip, steps: 3, batch: 4 }, samples: { train: 6, heldOut: 2 }, shipped: join(folder, "no aligner") },
    compose: { cases: microProfile.compose.cases, similarity: "clip" },
    dataset: { folder: datasets },
    generation: { temperature: 1, topP: 1, maxNewTokens: 5 },
    sampler: { steps: 2, guidance: { kind: "distilled", scale: 1, range: [1, 1] }, scheduler: scheduler(folder) },
    decoderTokens: 4,
    samples: { drawn: 2, cheap: 4 },
    batch: { texts: 4, images: 2 },
    cache: join(folder, "cache"),
  };
}

/** A copy of a FLUX's folder that draws nothing finite. */
export function notFinite(flux: string, folder: string): string {
  cpSync(flux, folder, { recursive: true });
  const path = join(folder, "diffusion_pytorch_model.safetensors"), file = openSafetensors(path);
  writeSafetensors(path, new Map([...file.tensors].map(([name, { shape }]) => {
    const data = readTensor(file, name).data as Float32Array;
    return [name, { dtype: "F32" as const, shape, data: name === "proj_out.bias" ? data.map(() => NaN) : data }];
  })));
  return folder;
}
