import { join } from "node:path";
import { floats, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { clipPreprocess } from "../../images/clipPreprocess.ts";
import { clipLogitsPerImage, projectImage, projectText } from "../../models/clip/clip.ts";
import { parseClipConfig, parseClipTextConfig } from "../../models/clip/config.ts";
import { clipTextTower } from "../../models/clip/textTower.ts";
import { clipVisionTower } from "../../models/clip/visionTower.ts";
import { WeightScope } from "../../models/weights.ts";
import { ortExecutor } from "../../onnx/ortExecutor.ts";
import { input } from "../../ops/index.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { AgreementRow } from "./agreement.ts";
import { compareOutputs } from "./outputs.ts";
import { openPack, type Pack, type PackCase } from "./pack.ts";
import { packImage } from "./packImage.ts";

type Outputs = Record<string, Tensor>;

const numbered = (name: string, values: readonly Value[]): Record<string, Value> => Object.fromEntries(values.map((x, i) => [`${name}.${i}`, x]));

async function run(folder: string, outputs: Record<string, Value>, feeds: Outputs): Promise<Outputs> {
  const { tensors } = openCheckpoint(folder);
  const program = await ortExecutor({ threads: 1 }).compile(outputs, (weight) => tensors.get(weight));
  const results = await program.run(feeds);
  await program.release();
  return results;
}

async function forward(pack: Pack, { name, settings }: PackCase): Promise<Outputs> {
  const weights = new WeightScope(), published = parseClipConfig(pack.json("config.json"));
  const config = { ...published, text_config: { ...published.text_config, eos_token_id: Number(settings["eos_token_id"]) } };
  const feed = (input: string): Tensor => pack.tensor(`${name}.in.${input}`), pixels = feed("pixel_values");
  const ids = input("ids", ["N", "T"], "int32"), mask = input("mask", ["N", "T"], "int32");
  const text = clipTextTower(weights, config.text_config, ids, mask);
  const vision = clipVisionTower(weights, config.vision_config, input("pixels", ["I", ...pixels.shape.slice(1)]));
  const textEmbeds = projectText(weights, config, text.pooled), imageEmbeds = projectImage(weights, config, vision.pooled);
  return run(pack.folder, {
    ...numbered("text_layer", text.layers),
    ...numbered("vision_layer", vision.layers),
    text_last_hidden_state: text.lastHiddenState,
    text_pooled: text.pooled,
    vision_last_hidden_state: vision.layers.at(-1)!,
    vision_pooled: vision.pooled,
    text_embeds: textEmbeds,
    image_embeds: imageEmbeds,
    logits_per_image: clipLogitsPerImage(weights, imageEmbeds, textEmbeds),
  }, { ids: feed("input_ids"), mask: feed("attention_mask"), pixels });
}

async function textEncoder(pack: Pack, { name }: PackCase): Promise<Outputs> {
  const config = parseClipTextConfig(pack.json("text_encoder/config.json"));
  const { lastHiddenState, pooled } = clipTextTower(new WeightScope(), config, input("ids", ["N", "T"], "int32"));
  return run(join(pack.folder, "text_encoder"), { last_hidden_state: lastHiddenState, pooled }, { ids: pack.tensor(`${name}.in.input_ids`) });
}

async function preprocess(pack: Pack, { name }: PackCase): Promise<Outputs> {
  const { image_size: side } = parseClipConfig(pack.json("config.json")).vision_config;
  return { pixel_values: floats([1, 3, side, side], clipPreprocess(packImage(pack.tensor(`${name}.in.image`)), side)) };
}

const procedures: Readonly<Record<string, (pack: Pack, packCase: PackCase) => Promise<Outputs>>> = { forward, text_encoder: textEncoder, preprocess };

/** Compares CLIP with a "clip" pack: every block of both towers, pooling by either rule, projections and logits, the text tower alone, and image preprocessing. */
export async function checkClipPack(folder: string): Promise<AgreementRow[]> {
  const pack = openPack(folder), rows: AgreementRow[] = [];
  for (const packCase of pack.cases) {
    const procedure = procedures[packCase.procedure ?? ""];
    if (!procedure) throw new Error(`${folder}: case ${packCase.name}: procedure "${packCase.procedure}" is unknown; ${Object.keys(procedures).join(", ")} are known`);
    rows.push(...compareOutputs(pack, packCase, await procedure(pack, packCase)));
  }
  return rows;
}
