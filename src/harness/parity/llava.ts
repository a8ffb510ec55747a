import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import { prepareLlavaBatch, type LlavaPrompt } from "../../models/llava/batch.ts";
import { imageTokens, parseLlavaConfig, type LlavaConfig } from "../../models/llava/config.ts";
import { llavaGenerator } from "../../models/llava/generate.ts";
import { llavaForward, llavaInputs } from "../../models/llava/llava.ts";
import { WeightScope } from "../../models/weights.ts";
import { ortExecutor } from "../../onnx/ortExecutor.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { AgreementRow } from "./agreement.ts";
import { compareOutputs } from "./outputs.ts";
import { openPack, type Pack, type PackCase } from "./pack.ts";

type Outputs = Record<string, Tensor>;

/** A case's rows without their padding, each with the images its placeholders take. */
function promptsOf(pack: Pack, { name }: PackCase, config: LlavaConfig): LlavaPrompt[] {
  const [ids, mask, pixels] = ["input_ids", "attention_mask", "pixel_values"].map((input) => pack.tensor(`${name}.in.${input}`)) as [Tensor, Tensor, Tensor];
  const [B, T] = ids.shape as [number, number], values = pixels.data.length / pixels.shape[0]!;
  let image = 0;
  return Array.from({ length: B }, (_, b) => {
    const own = Array.from(ids.data.subarray(b * T, (b + 1) * T)).filter((_, t) => mask.data[b * T + t] !== 0);
    const count = own.filter((id) => id === config.image_token_index).length / imageTokens(config);
    const images = Array.from({ length: count }, () => (pixels.data as Float32Array).subarray(image * values, ++image * values));
    return { ids: own, images };
  });
}

/** Zeros at rows x [B, T, ...] that the mask [B, T] leaves out, as the packs write them. */
function withoutPadding({ shape, data }: Tensor, mask: Tensor): Tensor {
  const row = data.length / mask.data.length;
  return floats(shape, Float32Array.from(data, (x, i) => (mask.data[Math.floor(i / row)] === 0 ? 0 : x)));
}

async function forward(pack: Pack, packCase: PackCase, config: LlavaConfig): Promise<Outputs> {
  const { tensors } = openCheckpoint(pack.folder), batch = prepareLlavaBatch(config, promptsOf(pack, packCase, config));
  const { visionFeatures, projected, layers, norm, logits } = llavaForward(new WeightScope(), config, llavaInputs(config));
  const program = await ortExecutor({ threads: 1 }).compile({
    vision_features: visionFeatures, projected, norm, logits, ...Object.fromEntries(layers.map(({ hidden }, i) => [`layer.${i}`, hidden])),
  }, (weight) => tensors.get(weight));
  const { vision_features, projected: features, ...byToken } = await program.run({ ...batch });
  await program.release();
  return { vision_features: vision_features!, projected: features!, ...Object.fromEntries(Object.entries(byToken).map(([name, x]) => [name, withoutPadding(x, batch.mask)])) };
}

async function generate(pack: Pack, packCase: PackCase, config: LlavaConfig): Promise<Outputs> {
  const { tensors } = openCheckpoint(pack.folder), generator = await llavaGenerator(ortExecutor({ threads: 1 }), config, (weight) => tensors.get(weight));
  const { max_new_tokens: maxNewTokens, eos_token_id: eosId } = packCase.settings as { max_new_tokens: number; eos_token_id: number };
  const { sequences, stepLogits } = await generator.generate(promptsOf(pack, packCase, config), { maxNewTokens, eosId });
  await generator.release();
  const B = sequences.length, S = sequences[0]!.length;
  return {
    sequences: ints([B, S], sequences.flatMap((row) => [...row])),
    step_logits: floats([B, S, config.text_config.vocab_size], stepLogits.flatMap((row) => row.flatMap((logits) => [...logits]))),
  };
}

const procedures: Readonly<Record<string, (pack: Pack, packCase: PackCase, config: LlavaConfig) => Promise<Outputs>>> = { forward, generate };

/** Compares LLaVA with a "llava" pack: image features, projector, every decoder layer, logits, padded rows, and greedy generation. */
export async function checkLlavaPack(folder: string): Promise<AgreementRow[]> {
  const pack = openPack(folder), config = parseLlavaConfig(pack.json("config.json")), rows: AgreementRow[] = [];
  for (const packCase of pack.cases) {
    const procedure = procedures[packCase.procedure ?? ""];
    if (!procedure) throw new Error(`${folder}: case ${packCase.name}: procedure "${packCase.procedure}" is unknown; ${Object.keys(procedures).join(", ")} are known`);
    rows.push(...compareOutputs(pack, packCase, await procedure(pack, packCase, config)));
  }
  return rows;
}
