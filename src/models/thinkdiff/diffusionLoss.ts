/**
 * An objective beside the paper's: the diffusion loss itself, back through the frozen FLUX, which reads the aligned features as it reads T5's states.
 * B batch, S features a sample, P tokens and C channels of a packed latent, W pooled width.
 */
import type { Value } from "../../graph/value.ts";
import { add, constant, input, mean, mul, sub, unsqueeze } from "../../ops/index.ts";
import { align, type AlignerConfig } from "../aligner/aligner.ts";
import type { FluxConfig } from "../flux/config.ts";
import { latentImageIds } from "../flux/latents.ts";
import { fluxTransformer } from "../flux/transformer.ts";
import type { WeightScope } from "../weights.ts";

/**
 * Mean squared error of the velocity of a latent of `side` x `side` pixels, over graph inputs "features" [B, S, d_in] with "mask" [B, S], "latents" and "noise" [B, P, C], "sigma" [B], "pooled" [B, W]
 * and, where FLUX embeds it, "guidance" [B].
 */
export function diffusionLoss(aligner: WeightScope, alignerConfig: AlignerConfig, flux: WeightScope, config: FluxConfig, side: number): { readonly aligned: Value; readonly loss: Value } {
  const P = side ** 2 / 4, aligned = align(aligner, alignerConfig, input("features", ["B", "S", alignerConfig.inputWidth]));
  const clean = input("latents", ["B", P, config.inChannels]), noise = input("noise", ["B", P, config.inChannels]), sigma = input("sigma", ["B"]), direction = sub(noise, clean);
  const { velocity } = fluxTransformer(flux, config, {
    hiddenStates: add(clean, mul(direction, unsqueeze(unsqueeze(sigma, 1), 2))), encoderHiddenStates: aligned, textMask: input("mask", ["B", "S"], "int32"), pooled: input("pooled", ["B", config.pooledWidth]),
    timestep: sigma, guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined, imgIds: constant(latentImageIds(side, side)),
  });
  const error = sub(velocity, direction);
  return { aligned, loss: mean(mul(error, error)) };
}
