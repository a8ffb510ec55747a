/** Base models from their folders: configuration parsed, weights opened in place and compared with what the model declares. */
import { join } from "node:path";
import { readJsonAs } from "../files/json.ts";
import { UserError } from "../files/userError.ts";
import type { Weights } from "../graph/executor.ts";
import { encode as encodeImage, decode as decodeLatent } from "../models/autoencoder/autoencoder.ts";
import { parseAutoencoderConfig, type AutoencoderConfig } from "../models/autoencoder/config.ts";
import { clipImageEmbeds, clipTextEmbeds } from "../models/clip/clip.ts";
import { parseClipConfig, parseClipTextConfig, type ClipConfig, type ClipTextConfig } from "../models/clip/config.ts";
import { clipTextTower } from "../models/clip/textTower.ts";
import { parseFluxConfig, type FluxConfig } from "../models/flux/config.ts";
import { fluxTransformer } from "../models/flux/transformer.ts";
import { parseLlavaConfig, type LlavaConfig } from "../models/llava/config.ts";
import { llavaForward, llavaInputs } from "../models/llava/llava.ts";
import { qwen2vlForward, qwen2vlInputs } from "../models/qwen2vl/qwen2vl.ts";
import { decode, encode } from "../models/t5/t5.ts";
import { WeightScope } from "../models/weights.ts";
import { input } from "../ops/index.ts";
import { openCheckpoint, type Checkpoint } from "../weights/checkpoint.ts";
import { compareManifest } from "../weights/manifest.ts";
import { openLvlm, openT5, type OpenedLvlm, type OpenedT5 } from "./models.ts";

/** A model ready to be compiled. */
export interface BaseModel<Config> {
  readonly folder: string;
  readonly config: Config;
  readonly checkpoint: Checkpoint;
  readonly weights: Weights;
}

/** Tensors that published checkpoints may hold beside what is computed with: tied copies and buffers. */
const mayBeThere = (name: string): boolean => /(^|\.)(embed_tokens\.weight|position_ids|logit_scale)$/.test(name);

interface Kind<Config> {
  readonly parse: (json: unknown) => Config;
  /** Traces whatever a whole checkpoint holds. */
  readonly declare: (weights: WeightScope, config: Config) => unknown;
  /** Tensors of other parts of a checkpoint, which are left alone. */
  readonly ignore?: RegExp;
}

/** Throws a UserError with the first differences unless a checkpoint holds what the model declares, in an element type that can be used in place. */
function checkTensors(folder: string, checkpoint: Checkpoint, declare: (weights: WeightScope) => unknown, ignore?: RegExp): void {
  const scope = new WeightScope();
  declare(scope);
  const found = [...checkpoint.tensors].map(([name, { shape }]) => ({ name, shape })).filter(({ name }) => !ignore?.test(name));
  const declared = scope.manifest(), names = new Set(declared.map(({ name }) => name));
  const { lines } = compareManifest(declared, found, found.map(({ name }) => name).filter((name) => mayBeThere(name) && !names.has(name)));
  if (lines.length > 0) throw new UserError(`${folder}: its tensors are not those that config.json asks for: ${lines.join("; ")}`);
  const strange = [...checkpoint.tensors].find(([name, { dtype }]) => names.has(name) && !["F32", "F16", "BF16"].includes(dtype));
  if (strange) throw new UserError(`${strange[1].file}: tensor ${strange[0]} has element type ${strange[1].dtype}; expected F32, F16 or BF16`);
}

function openModel<Config>(folder: string, { parse, declare, ignore }: Kind<Config>): BaseModel<Config> {
  const config = readJsonAs(join(folder, "config.json"), parse), checkpoint = openCheckpoint(folder);
  checkTensors(folder, checkpoint, (weights) => declare(weights, config), ignore);
  return { folder, config, checkpoint, weights: (name) => checkpoint.tensors.get(name) };
}

/** T5, encoder and decoder, its tensors compared with what the model declares. */
export function openCheckedT5(folder: string): OpenedT5 {
  const opened = openT5(folder), ids = input("ids", ["B", "T"], "int32");
  checkTensors(folder, opened.checkpoint, (weights) => decode(weights, opened.config, encode(weights, opened.config, ids, ids).last, ids, input("targets", ["B", "L"], "int32")));
  return opened;
}

/** The T5 whose encoder FLUX reads, alone or out of a whole T5. */
export function openTextT5(folder: string, tokenizer?: string): OpenedT5 {
  const opened = openT5(folder, tokenizer), ids = input("ids", ["B", "T"], "int32");
  checkTensors(folder, opened.checkpoint, (weights) => encode(weights, opened.config, ids, ids), /^(decoder\.|lm_head\.)/);
  return opened;
}

/** LLaVA-1.5. */
export const openLlava = (folder: string): BaseModel<LlavaConfig> => openModel(folder, {
  parse: parseLlavaConfig,
  declare: (weights, config) => llavaForward(weights, config, llavaInputs(config)),
});

/** Qwen2-VL, its tensors compared with what the model declares. */
export function openCheckedLvlm(folder: string): OpenedLvlm {
  const opened = openLvlm(folder);
  checkTensors(folder, opened.checkpoint, (weights) => qwen2vlForward(weights, opened.config, qwen2vlInputs(opened.config)));
  return opened;
}

/** The FLUX transformer. */
export const openFlux = (folder: string): BaseModel<FluxConfig> => openModel(folder, {
  parse: parseFluxConfig,
  declare: (weights, config) => fluxTransformer(weights, config, {
    hiddenStates: input("image", ["B", "P", config.inChannels]), encoderHiddenStates: input("text", ["B", "T", config.textWidth]), pooled: input("pooled", ["B", config.pooledWidth]),
    timestep: input("timestep", ["B"]), guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined, imgIds: input("ids", ["P", 3]),
  }),
});

/** AutoencoderKL for pictures of `size` x `size` pixels. */
export const openAutoencoder = (folder: string, size: number): BaseModel<AutoencoderConfig> => openModel(folder, {
  parse: parseAutoencoderConfig,
  declare: (weights, config) => decodeLatent(weights, config, encodeImage(weights, config, input("image", ["B", 3, size, size])).mean),
});

/** CLIP's text tower, alone or out of a whole CLIP. */
export const openClipText = (folder: string): BaseModel<ClipTextConfig> => openModel(folder, {
  parse: (json) => (typeof json === "object" && json !== null && "text_config" in json ? parseClipConfig(json).text_config : parseClipTextConfig(json)),
  declare: (weights, config) => clipTextTower(weights, config, input("ids", ["B", "T"], "int32")),
  ignore: /^(vision_model\.|visual_projection\.|text_projection\.)/,
});

/** CLIP, both towers and projections. */
export const openClip = (folder: string): BaseModel<ClipConfig> => openModel(folder, {
  parse: parseClipConfig,
  declare: (weights, config) => {
    const { image_size: side } = config.vision_config;
    return [clipImageEmbeds(weights, config, input("pixels", ["I", 3, side, side])), clipTextEmbeds(weights, config, input("ids", ["N", "T"], "int32"))];
  },
});
