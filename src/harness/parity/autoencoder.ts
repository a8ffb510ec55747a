import type { Value } from "../../graph/value.ts";
import { decode, encode, scaleLatent, unscaleLatent } from "../../models/autoencoder/autoencoder.ts";
import { parseAutoencoderConfig, type AutoencoderConfig } from "../../models/autoencoder/config.ts";
import { WeightScope } from "../../models/weights.ts";
import { ortExecutor } from "../../onnx/ortExecutor.ts";
import { input } from "../../ops/index.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { AgreementRow } from "./agreement.ts";
import { compareOutputs } from "./outputs.ts";
import { openPack } from "./pack.ts";

const procedures: Readonly<Record<string, { readonly input: string; readonly outputs: (config: AutoencoderConfig, x: Value) => Record<string, Value> }>> = {
  encode: {
    input: "image",
    outputs: (config, image) => {
      const { mean, logvar } = encode(new WeightScope(), config, image);
      return { mean, logvar, scaled_mean: scaleLatent(config, mean) };
    },
  },
  decode: { input: "scaled_latent", outputs: (config, latent) => ({ image: decode(new WeightScope(), config, unscaleLatent(config, latent)) }) },
};

/** Compares AutoencoderKL with an "autoencoder-kl" pack: mean, log variance and scaled mean of images, images of latents. */
export async function checkAutoencoderPack(folder: string): Promise<AgreementRow[]> {
  const pack = openPack(folder), config = parseAutoencoderConfig(pack.json("config.json")), { tensors } = openCheckpoint(folder);
  const rows: AgreementRow[] = [];
  for (const packCase of pack.cases) {
    const procedure = procedures[packCase.procedure ?? ""];
    if (!procedure) throw new Error(`${folder}: case ${packCase.name}: procedure "${packCase.procedure}" is unknown; ${Object.keys(procedures).join(" and ")} are known`);
    const x = pack.tensor(`${packCase.name}.in.${procedure.input}`);
    const program = await ortExecutor({ threads: 1 }).compile(procedure.outputs(config, input("x", ["B", ...x.shape.slice(1)])), (name) => tensors.get(name));
    rows.push(...compareOutputs(pack, packCase, await program.run({ x })));
    await program.release();
  }
  return rows;
}
