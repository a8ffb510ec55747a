import { floats } from "../../src/graph/tensor.ts";
import { fluxRecipe } from "../../src/micro/pretraining/flux.ts";
import { parseFluxConfig } from "../../src/models/flux/config.ts";
import { latentImageIds } from "../../src/models/flux/latents.ts";
import { fluxTransformer } from "../../src/models/flux/transformer.ts";
import { WeightScope } from "../../src/models/weights.ts";
import { input } from "../../src/ops/index.ts";
import { modelWeights, normals, type Workload } from "../workload.ts";

const batch = 32, T = 30, P = 16;

/** One step of FLUX's sampler: the transformer's velocity, of a batch spread over the lanes. */
export function fluxStep(): Workload {
  const json = fluxRecipe.files["config.json"], c = parseFluxConfig(json), scope = new WeightScope(), ids = latentImageIds(8, 8);
  const { velocity } = fluxTransformer(scope, c, {
    hiddenStates: input("hidden_states", ["B", "P", c.inChannels]), encoderHiddenStates: input("encoder_hidden_states", ["B", "T", c.textWidth]), pooled: input("pooled_projections", ["B", c.pooledWidth]),
    timestep: input("timestep", ["B"]), imgIds: input("img_ids", ["P", 3]), ...(c.guidanceEmbeds ? { guidance: input("guidance", ["B"]) } : {}),
  });
  const { weights, source } = modelWeights("flux", "diffusion_pytorch_model.safetensors", scope);
  return {
    name: "flux-step", about: `one step of FLUX: batch ${batch}, ${T} text and ${P} image tokens; ${c.doubleBlocks} double and ${c.singleBlocks} single blocks of width ${c.width}`,
    outputs: { velocity }, weights, batch, together: true, compare: "velocity",
    feeds: (B) => ({
      hidden_states: normals([B, P, c.inChannels], "latents"), encoder_hidden_states: normals([B, T, c.textWidth], "text"), pooled_projections: normals([B, c.pooledWidth], "pooled"),
      timestep: floats([B], Float32Array.from({ length: B }, (_, b) => (b + 0.5) / B)), img_ids: ids, ...(c.guidanceEmbeds ? { guidance: floats([B], new Float32Array(B).fill(1)) } : {}),
    }),
    pytorch: { config: json, modelWeights: source },
  };
}
