/** Which model a published config.json describes, and which tensors that model declares. */
import { z } from "zod";
import { reasonOf } from "../../files/json.ts";
import { UserError } from "../../files/userError.ts";
import { align } from "../../models/aligner/aligner.ts";
import { decode as decodeLatent, encode as encodeImage } from "../../models/autoencoder/autoencoder.ts";
import { downsampling, parseAutoencoderConfig } from "../../models/autoencoder/config.ts";
import { clipImageEmbeds, clipLogitsPerImage, clipTextEmbeds } from "../../models/clip/clip.ts";
import { parseClipConfig, parseClipTextConfig } from "../../models/clip/config.ts";
import { clipTextTower } from "../../models/clip/textTower.ts";
import { evaVitPart, parseEvaVitConfig } from "../../models/evaVit/config.ts";
import { evaVit } from "../../models/evaVit/evaVit.ts";
import { parseFluxConfig } from "../../models/flux/config.ts";
import { fluxTransformer } from "../../models/flux/transformer.ts";
import { parseLlavaConfig } from "../../models/llava/config.ts";
import { llavaForward, llavaInputs } from "../../models/llava/llava.ts";
import { parseQwen2VLConfig } from "../../models/qwen2vl/config.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../models/qwen2vl/qwen2vl.ts";
import { parseT5Config } from "../../models/t5/config.ts";
import { decode, encode } from "../../models/t5/t5.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import type { NamedShape } from "../../weights/manifest.ts";

/** What a model declares: its tensors, names that a file may hold besides, and the prefix of its part of a larger checkpoint. */
export interface Declaration {
  readonly model: string;
  readonly tensors: readonly NamedShape[];
  readonly optional: readonly string[];
  readonly part?: string;
}

interface Architecture {
  readonly optional?: readonly string[];
  readonly part?: string;
  readonly trace: (weights: WeightScope, json: unknown) => unknown;
}

const ids = input("ids", ["B", "T"], "int32"), mask = input("mask", ["B", "T"], "int32");
const embeddings = (...stacks: string[]): string[] => stacks.map((stack) => `${stack}.embed_tokens.weight`);

const t5Encoder: Architecture = { optional: embeddings("encoder"), trace: (weights, json) => encode(weights, parseT5Config(json), ids, mask) };

const architectures: Readonly<Record<string, Architecture>> = {
  T5EncoderModel: t5Encoder,
  t5: {
    optional: embeddings("encoder", "decoder"),
    trace(weights, json) {
      const config = parseT5Config(json);
      decode(weights, config, encode(weights, config, ids, mask).last, mask, input("decoder_ids", ["B", "L"], "int32"));
    },
  },
  qwen2_vl: {
    trace(weights, json) {
      const config = parseQwen2VLConfig(json);
      qwen2vlForward(weights, config, qwen2vlInputs(config));
    },
  },
  "blip-2": {
    part: evaVitPart,
    trace(weights, json) {
      const config = parseEvaVitConfig(json);
      evaVit(weights, config, input("pixels", ["B", 3, config.image_size, config.image_size]));
    },
  },
  clip: {
    optional: ["text_model.embeddings.position_ids", "vision_model.embeddings.position_ids"],
    trace(weights, json) {
      const config = parseClipConfig(json), { image_size: side, num_channels } = config.vision_config;
      clipLogitsPerImage(weights, clipImageEmbeds(weights, config, input("pixels", ["I", num_channels, side, side])), clipTextEmbeds(weights, config, ids));
    },
  },
  clip_text_model: {
    optional: ["text_model.embeddings.position_ids"],
    trace: (weights, json) => clipTextTower(weights, parseClipTextConfig(json), ids),
  },
  llava: {
    trace(weights, json) {
      const config = parseLlavaConfig(json);
      llavaForward(weights, config, llavaInputs(config));
    },
  },
  FluxTransformer2DModel: {
    trace(weights, json) {
      const config = parseFluxConfig(json);
      fluxTransformer(weights, config, {
        hiddenStates: input("hidden_states", ["B", "P", config.inChannels]), encoderHiddenStates: input("encoder_hidden_states", ["B", "T", config.textWidth]),
        pooled: input("pooled_projections", ["B", config.pooledWidth]), timestep: input("timestep", ["B"]),
        guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined, imgIds: input("img_ids", ["P", 3]),
      });
    },
  },
  AutoencoderKL: {
    trace(weights, json) {
      const config = parseAutoencoderConfig(json), side = 2 * downsampling(config);
      decodeLatent(weights, config, encodeImage(weights, config, input("image", ["B", 3, side, side])).mean);
    },
  },
};

const namesSchema = z.object({ _class_name: z.string().optional(), model_type: z.string().optional(), architectures: z.array(z.string()).optional() });

/** Traces the model that a config.json names, at its sizes; a UserError naming `file` where it names none that is implemented or has settings that are not supported. */
export function declarationOf(json: unknown, file: string): Declaration {
  const names = namesSchema.safeParse(json), own = names.success ? [names.data._class_name, ...(names.data.architectures ?? []), names.data.model_type] : [];
  const model = own.find((name) => name !== undefined && Object.hasOwn(architectures, name)), named = own.filter((name) => name !== undefined);
  if (model === undefined) throw new UserError(`${file}: names ${named.length > 0 ? named.join(", ") : "no model"}; implemented are ${Object.keys(architectures).join(", ")} (_class_name, architectures or model_type)`);
  const { trace, optional = [], part } = architectures[model]!, weights = new WeightScope();
  try {
    trace(weights, json);
  } catch (error) {
    throw new UserError(`${file}: ${model}: ${reasonOf(error)}`, 1, { cause: error });
  }
  return { model, tensors: weights.manifest(), optional, ...(part === undefined ? {} : { part }) };
}

/** The aligner that a checkpoint without config.json holds, by its matrices, the first [hidden, d_in] and the last [D, hidden]; undefined where it holds none. */
export function alignerDeclaration(found: readonly NamedShape[]): Declaration | undefined {
  const shapes = new Map(found.map(({ name, shape }) => [name, shape])), matrices: (readonly number[])[] = [];
  for (let shape = shapes.get("mm_projector.0.weight"); shape?.length === 2; shape = shapes.get(`mm_projector.${2 * matrices.length}.weight`)) matrices.push(shape);
  if (matrices.length === 0) return undefined;
  const [hidden, inputWidth] = matrices[0] as [number, number], depth = matrices.length, width = matrices.at(-1)![0]!, weights = new WeightScope();
  align(weights, { inputWidth, width, eps: 1e-6, norm: shapes.has(`mm_projector.${2 * depth - 1}.weight`), depth, widening: hidden / width }, input("features", ["B", "T", inputWidth]));
  return { model: "aligner", tensors: weights.manifest(), optional: embeddings("language_model.encoder", "language_model.decoder") };
}
