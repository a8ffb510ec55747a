/** What steers every block of FLUX: time, guidance and pooled text as one vector (reference: diffusers' CombinedTimestepGuidanceTextProjEmbeddings). */
import type { Dim } from "../../graph/dims.ts";
import { floats } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { add, concat, constant, cos, mul, reshape, sin } from "../../ops/index.ts";
import { silu } from "../layers/activations.ts";
import { linear } from "../layers/linear.ts";
import type { WeightScope } from "../weights.ts";
import type { FluxConfig } from "./config.ts";

const SINUSOIDS = 256, LONGEST_PERIOD = 10000;

/** Cosines, then sines, of x [B] at 128 frequencies falling from 1: [B, 256]. */
function sinusoids(x: Value): Value {
  const half = SINUSOIDS / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => LONGEST_PERIOD ** (-i / half));
  const angles = mul(reshape(x, [x.shape[0] as Dim, 1]), constant(floats([half], frequencies)));
  return concat([cos(angles), sin(angles)], 1);
}

const twoLayers = (x: Value, weights: WeightScope, width: number): Value =>
  linear(silu(linear(x, weights.at("linear_1"), width)), weights.at("linear_2"), width);

/** Sum of the embeddings of timestep [B] (sigma in [0, 1]), guidance [B] (plain scale) and pooled text [B, p]: [B, D]. */
export function timeTextEmbed(weights: WeightScope, config: FluxConfig, timestep: Value, guidance: Value | undefined, pooled: Value): Value {
  if ((guidance !== undefined) !== config.guidanceEmbeds) throw new Error(`guidance_embeds is ${config.guidanceEmbeds}, so guidance must ${config.guidanceEmbeds ? "" : "not "}be given`);
  const time = twoLayers(sinusoids(mul(timestep, 1000)), weights.at("timestep_embedder"), config.width);
  const text = twoLayers(pooled, weights.at("text_embedder"), config.width);
  if (!guidance) return add(time, text);
  return add(add(time, twoLayers(sinusoids(mul(guidance, 1000)), weights.at("guidance_embedder"), config.width)), text);
}
