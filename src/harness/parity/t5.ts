import { join } from "node:path";
import { gradients } from "../../autodiff/gradient.ts";
import type { Executor, Weights } from "../../graph/executor.ts";
import { floats, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { parseT5Config, type T5Config } from "../../models/t5/config.ts";
import { t5Generator } from "../../models/t5/generate.ts";
import { crossEntropy, shiftRight } from "../../models/t5/labels.ts";
import { decode, encode } from "../../models/t5/t5.ts";
import { WeightScope } from "../../models/weights.ts";
import { input } from "../../ops/index.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { compareFloats, compareIntegers, type AgreementRow } from "./agreement.ts";
import { compareOutputs } from "./outputs.ts";
import { openPack, type Pack, type PackCase } from "./pack.ts";

const port = (pack: Pack, c: PackCase, name: string): Value => {
  const { shape, dtype } = pack.tensor(`${c.name}.in.${name}`);
  return input(name, shape, dtype);
};

async function compareForward(executor: Executor, pack: Pack, c: PackCase, config: T5Config, weights: Weights): Promise<AgreementRow[]> {
  const scope = new WeightScope(), outputs: Record<string, Value> = {};
  const mask = port(pack, c, "attention_mask"), labels = port(pack, c, "labels");
  const decoderMask = c.inputs.some((n) => n.endsWith("decoder_attention_mask")) ? port(pack, c, "decoder_attention_mask") : undefined;
  const given = c.procedure === "forward_features";
  let features: Value;
  if (given) features = port(pack, c, "features");
  else {
    const encoder = encode(scope, config, port(pack, c, "input_ids"), mask);
    encoder.blocks.forEach((x, i) => { outputs[`encoder_block.${i}`] = x; });
    outputs["encoder_last_hidden_state"] = features = encoder.last;
  }
  const ids = shiftRight(labels), decoder = decode(scope, config, features, mask, ids, decoderMask);
  decoder.blocks.forEach((x, i) => { outputs[`decoder_block.${i}`] = x; });
  const loss = crossEntropy(decoder.logits, labels);
  Object.assign(outputs, { decoder_last_hidden_state: decoder.last, logits: decoder.logits, loss });
  if (given) outputs["features_gradient"] = gradients(loss, [features])[0]!;
  else outputs["decoder_input_ids"] = ids;
  const program = await executor.compile(outputs, weights);
  const feeds = Object.fromEntries(c.inputs.map((name) => [name.slice(`${c.name}.in.`.length), pack.tensor(name)]));
  const results = await program.run(feeds);
  await program.release();
  return compareOutputs(pack, c, { ...results, loss: floats([1], results["loss"]!.data as Float32Array) });
}

async function encoderStates(executor: Executor, pack: Pack, c: PackCase, config: T5Config, weights: Weights): Promise<Tensor> {
  if (c.inputs.some((name) => name.endsWith(".features"))) return pack.tensor(`${c.name}.in.features`);
  const program = await executor.compile({ last: encode(new WeightScope(), config, port(pack, c, "input_ids"), port(pack, c, "attention_mask")).last }, weights);
  const { last } = await program.run({ input_ids: pack.tensor(`${c.name}.in.input_ids`), attention_mask: pack.tensor(`${c.name}.in.attention_mask`) });
  await program.release();
  return last;
}

async function compareGenerate(executor: Executor, pack: Pack, c: PackCase, config: T5Config, weights: Weights): Promise<AgreementRow[]> {
  const generator = await t5Generator(executor, config, weights);
  const eosId = Number(c.settings["eos_token_id"]);
  const { sequences, stepLogits } = await generator.generate(await encoderStates(executor, pack, c, config, weights), pack.tensor(`${c.name}.in.attention_mask`), { maxNewTokens: Number(c.settings["max_new_tokens"]), eosId });
  await generator.release();
  const want = pack.tensor(`${c.name}.out.sequences`), [B, width] = want.shape as [number, number];
  const rows = Array.from({ length: B }, (_, b) => compareIntegers(`${c.name}.out.sequences[${b}]`, [...sequences[b]!, ...Array<number>(width - sequences[b]!.length).fill(config.pad_token_id)], want.data.subarray(b * width, (b + 1) * width)));
  const logits = pack.tensor(`${c.name}.out.step_logits`), [, S, V] = logits.shape as [number, number, number];
  const got = new Float32Array(B * S * V);
  // Behind a row's end token the pack holds zeros, not logits.
  stepLogits.forEach((steps, b) => {
    const end = sequences[b]!.indexOf(eosId, 1);
    steps.slice(0, end < 0 ? S : end).forEach((row, s) => got.set(row, (b * S + s) * V));
  });
  return [...rows, compareFloats(`${c.name}.out.step_logits`, got, logits.data, c.tolerance)];
}

/** Compares our T5 with a recorded pack: every block, logits, loss, gradients and greedy decoding. */
export async function checkT5Pack(folder: string, executor: Executor): Promise<AgreementRow[]> {
  const pack = openPack(folder), config = parseT5Config(pack.json("config.json"));
  const { tensors } = openCheckpoint(join(folder, "model.safetensors")), weights: Weights = (name) => tensors.get(name);
  const rows: AgreementRow[] = [];
  for (const c of pack.cases) rows.push(...(await (c.kind === "generate" ? compareGenerate : compareForward)(executor, pack, c, config, weights)));
  return rows;
}
