import { floats, type Tensor } from "../../graph/tensor.ts";
import { blip2Preprocess } from "../../images/blip2Preprocess.ts";
import { gridSide, parseEvaVitConfig } from "../../models/evaVit/config.ts";
import { evaVit } from "../../models/evaVit/evaVit.ts";
import { halveTokens } from "../../models/evaVit/halveTokens.ts";
import { WeightScope } from "../../models/weights.ts";
import { ortExecutor } from "../../onnx/ortExecutor.ts";
import { input } from "../../ops/index.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { AgreementRow } from "./agreement.ts";
import { compareOutputs } from "./outputs.ts";
import { openPack, type Pack } from "./pack.ts";
import { packImage } from "./packImage.ts";

type Outputs = Record<string, Tensor>;

async function forward(pack: Pack, name: string): Promise<Outputs> {
  const config = parseEvaVitConfig(pack.json("config.json")), { tensors } = openCheckpoint(pack.folder);
  const pixels = pack.tensor(`${name}.in.pixel_values`);
  const { embeddings, layers, lastHiddenState } = evaVit(new WeightScope(), config, input("pixels", ["B", ...pixels.shape.slice(1)]));
  const program = await ortExecutor({ threads: 1 }).compile({
    embeddings,
    last_hidden_state: lastHiddenState,
    halved_tokens: halveTokens(lastHiddenState, gridSide(config)),
    ...Object.fromEntries(layers.map((x, i) => [`layer.${i}`, x])),
  }, (weight) => tensors.get(weight));
  const outputs = await program.run({ pixels });
  await program.release();
  return outputs;
}

async function preprocess(pack: Pack, name: string): Promise<Outputs> {
  const { image_size: side } = parseEvaVitConfig(pack.json("config.json"));
  return { pixel_values: floats([1, 3, side, side], blip2Preprocess(packImage(pack.tensor(`${name}.in.image`)), side)) };
}

const procedures: Readonly<Record<string, (pack: Pack, name: string) => Promise<Outputs>>> = { forward, preprocess };

/** Compares BLIP-2's vision tower with an "eva-vit" pack: embeddings, every block, the final norm, halved tokens, and image preprocessing. */
export async function checkEvaVitPack(folder: string): Promise<AgreementRow[]> {
  const pack = openPack(folder), rows: AgreementRow[] = [];
  for (const packCase of pack.cases) {
    const procedure = procedures[packCase.procedure ?? ""];
    if (!procedure) throw new Error(`${folder}: case ${packCase.name}: procedure "${packCase.procedure}" is unknown; ${Object.keys(procedures).join(", ")} are known`);
    rows.push(...compareOutputs(pack, packCase, await procedure(pack, packCase.name)));
  }
  return rows;
}
