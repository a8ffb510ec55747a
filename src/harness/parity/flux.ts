import { gradients } from "../../autodiff/gradient.ts";
import { parseFluxConfig } from "../../models/flux/config.ts";
import { fluxTransformer } from "../../models/flux/transformer.ts";
import { WeightScope } from "../../models/weights.ts";
import { ortExecutor } from "../../onnx/ortExecutor.ts";
import { input, mul, sum } from "../../ops/index.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import type { AgreementRow } from "./agreement.ts";
import { compareOutputs } from "./outputs.ts";
import { openPack } from "./pack.ts";

/** Compares the FLUX transformer with a "flux-transformer" pack: conditioning, rotary tables, every block, the velocity and its gradient in the text features. */
export async function checkFluxPack(folder: string): Promise<AgreementRow[]> {
  const pack = openPack(folder), config = parseFluxConfig(pack.json("config.json")), { tensors } = openCheckpoint(folder);
  const hiddenStates = input("hidden_states", ["B", "P", config.inChannels]), encoderHiddenStates = input("encoder_hidden_states", ["B", "T", config.textWidth]);
  const { velocity, timeTextEmbed, rotary, double, single } = fluxTransformer(new WeightScope(), config, {
    hiddenStates, encoderHiddenStates, pooled: input("pooled_projections", ["B", config.pooledWidth]), timestep: input("timestep", ["B"]),
    guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined, imgIds: input("img_ids", ["P", 3]), txtIds: input("txt_ids", ["T", 3]),
  });
  const [gradient] = gradients(sum(mul(velocity, input("gradient_weights", ["B", "P", config.outChannels]))), [encoderHiddenStates]);
  const program = await ortExecutor({ threads: 1 }).compile<string>({
    time_text_embed: timeTextEmbed, rotary_cos: rotary.cos, rotary_sin: rotary.sin,
    ...Object.fromEntries(double.flatMap(({ text, image }, i) => [[`double.${i}.text`, text], [`double.${i}.image`, image]])),
    ...Object.fromEntries(single.map((x, i) => [`single.${i}`, x])),
    output: velocity, encoder_hidden_states_gradient: gradient!,
  }, (name) => tensors.get(name));
  const rows: AgreementRow[] = [];
  for (const packCase of pack.cases) {
    const prefix = `${packCase.name}.in.`;
    rows.push(...compareOutputs(pack, packCase, await program.run(Object.fromEntries(packCase.inputs.map((full) => [full.slice(prefix.length), pack.tensor(full)])))));
  }
  await program.release();
  return rows;
}
