/**
 * Sampling from FLUX: Euler steps along the predicted velocity from noise to latent, the loop on the host (reference: diffusers' FluxPipeline).
 * Axes: B batch, T text tokens, P image tokens, C latent channels.
 */
import { inLanes, type Executor, type Program, type Weights } from "../../graph/executor.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import { input } from "../../ops/index.ts";
import { WeightScope } from "../weights.ts";
import type { FluxConfig } from "./config.ts";
import { latentImageIds, packLatents, unpackLatents } from "./latents.ts";
import { fluxSchedule, type SchedulerConfig } from "./schedule.ts";
import { fluxTransformer } from "./transformer.ts";

export type FluxProgram = Program<"velocity">;

/** One image to be: its starting noise [C, h, w], text features [T, textWidth] without padding, and pooled text [pooledWidth]. */
export interface FluxSample { readonly noise: Tensor; readonly promptEmbeds: Tensor; readonly pooled: Tensor }

/** The state after a step of samples that went through the transformer together: packed tensors [B, P, 4 C]; `first` is the first of them. */
export interface FluxStep { readonly first: number; readonly step: number; readonly velocity: Tensor; readonly latents: Tensor }

export interface FluxSampling {
  readonly program: FluxProgram;
  readonly samples: readonly FluxSample[];
  readonly scheduler: SchedulerConfig;
  readonly steps: number;
  /** Plain scale; given exactly where the transformer embeds it. */
  readonly guidance?: number | undefined;
  /** Classifier-free guidance proper (diffusers' true_cfg_scale): the velocity is moved away from that of this text by the scale, 1 being none. */
  readonly negative?: { readonly trueCfgScale: number; readonly promptEmbeds: Tensor; readonly pooled: Tensor } | undefined;
  /** Samples run together; 8 by default. */
  readonly batchSize?: number;
  readonly onStep?: (state: FluxStep) => void;
}

/** The transformer ready for sampling, any batch, text length and image size. */
export function compileFlux(executor: Executor, config: FluxConfig, weights: Weights): Promise<FluxProgram> {
  const { velocity } = fluxTransformer(new WeightScope(), config, {
    hiddenStates: input("hidden_states", ["B", "P", config.inChannels]), encoderHiddenStates: input("encoder_hidden_states", ["B", "T", config.textWidth]),
    pooled: input("pooled_projections", ["B", config.pooledWidth]), timestep: input("timestep", ["B"]),
    guidance: config.guidanceEmbeds ? input("guidance", ["B"]) : undefined,
    imgIds: input("img_ids", ["P", 3]), textMask: input("text_mask", ["B", "T"], "int32"),
  });
  return executor.compile({ velocity }, weights, { together: true });
}

/** Texts of any lengths up to T, padded with zeros: features [B, T, d] and mask [B, T]. */
function padTexts(texts: readonly Tensor[]): { features: Tensor; mask: Tensor } {
  const width = texts[0]!.shape[1]!, T = Math.max(1, ...texts.map(({ shape }) => shape[0]!));
  const features = new Float32Array(texts.length * T * width), mask = new Int32Array(texts.length * T);
  texts.forEach(({ shape, data }, b) => {
    if (shape.length !== 2 || shape[1] !== width) throw new Error(`text features of a batch are [T, ${width}], found [${shape.join(", ")}]`);
    features.set(data, b * T * width);
    mask.fill(1, b * T, b * T + shape[0]!);
  });
  return { features: floats([texts.length, T, width], features), mask: ints([texts.length, T], mask) };
}

/** Tensors of one shape, stacked on a new first axis. */
function stack(tensors: readonly Tensor[], what: string): Tensor {
  const { shape } = tensors[0]!, size = tensors[0]!.data.length, data = new Float32Array(tensors.length * size);
  tensors.forEach((t, i) => {
    if (t.shape.join() !== shape.join()) throw new Error(`${what} of a batch must have one shape, found [${shape.join(", ")}] and [${t.shape.join(", ")}]`);
    data.set(t.data, i * size);
  });
  return floats([tensors.length, ...shape], data);
}

/** Latents of a batch. */
async function sampleTogether({ program, scheduler, steps, guidance, negative, onStep }: FluxSampling, samples: readonly FluxSample[], first: number): Promise<Tensor[]> {
  const noise = stack(samples.map((s) => s.noise), "noise"), [B, C, h, w] = noise.shape as [number, number, number, number];
  const every = (x: number) => floats([B], new Float32Array(B).fill(x));
  const conditioned = (texts: readonly Pick<FluxSample, "promptEmbeds" | "pooled">[]) => {
    const { features, mask } = padTexts(texts.map((t) => t.promptEmbeds));
    return {
      encoder_hidden_states: features, text_mask: mask, pooled_projections: stack(texts.map((t) => t.pooled), "pooled text"),
      img_ids: latentImageIds(h, w), ...(guidance === undefined ? {} : { guidance: every(guidance) }),
    };
  };
  const own = conditioned(samples), other = negative && conditioned(samples.map(() => negative));
  let latents = packLatents(noise);
  const { sigmas } = fluxSchedule(scheduler, steps, latents.shape[1]!);
  for (let step = 0; step < steps; step++) {
    const now = { hidden_states: latents, timestep: every(sigmas[step]!) };
    let { velocity } = await program.run({ ...own, ...now });
    if (negative) {
      const from = (await program.run({ ...other!, ...now })).velocity.data as Float32Array;
      velocity = floats(velocity.shape, (velocity.data as Float32Array).map((x, i) => from[i]! + negative.trueCfgScale * (x - from[i]!)));
    }
    const stride = sigmas[step + 1]! - sigmas[step]!;
    latents = floats(latents.shape, (latents.data as Float32Array).map((x, i) => x + stride * velocity.data[i]!));
    onStep?.({ first, step, velocity, latents });
  }
  const { data } = unpackLatents(latents, h, w), size = C * h * w;
  return samples.map((_, b) => floats([C, h, w], (data as Float32Array).slice(b * size, (b + 1) * size)));
}

/** Scaled latents [C, h, w] of the samples, in order, on as many batches at once as the program has lanes; which samples share a batch changes them by float rounding only. */
export async function sampleFlux(sampling: FluxSampling): Promise<Tensor[]> {
  const { program, samples, batchSize = 8 } = sampling, firsts = Array.from({ length: Math.ceil(samples.length / batchSize) }, (_, i) => i * batchSize);
  return (await inLanes(program, firsts, (first) => sampleTogether(sampling, samples.slice(first, first + batchSize), first))).flat();
}
