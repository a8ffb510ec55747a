import { z } from "zod";
import { reasonOf } from "../../files/json.ts";
import { anyLayers, size } from "../configNumbers.ts";

const schema = z.object({
  patch_size: z.literal(1).default(1),
  in_channels: size,
  out_channels: size.nullish(),
  num_layers: anyLayers,
  num_single_layers: anyLayers,
  attention_head_dim: size,
  num_attention_heads: size,
  joint_attention_dim: size,
  pooled_projection_dim: size,
  guidance_embeds: z.boolean().default(false),
  axes_dims_rope: z.tuple([size, size, size]).default([16, 56, 56]),
}).refine((c) => c.axes_dims_rope.every((d) => d % 2 === 0) && c.axes_dims_rope.reduce((a, b) => a + b) === c.attention_head_dim, "axes_dims_rope must be even and add up to attention_head_dim");

export interface FluxConfig {
  /** Channels of a packed latent token, in and out. */
  readonly inChannels: number;
  readonly outChannels: number;
  readonly doubleBlocks: number;
  readonly singleBlocks: number;
  readonly heads: number;
  readonly headDim: number;
  readonly width: number;
  readonly textWidth: number;
  readonly pooledWidth: number;
  readonly guidanceEmbeds: boolean;
  /** How many of a head's dimensions each id column rotates. */
  readonly rotaryAxes: readonly number[];
}

/** FluxTransformer2DModel's published config.json as a configuration; throws with the setting's name on what is not supported. */
export function parseFluxConfig(json: unknown): FluxConfig {
  const found = schema.safeParse(json);
  if (!found.success) throw new Error(`FluxTransformer2DModel config.json: ${reasonOf(found.error)}`);
  const c = found.data;
  return {
    inChannels: c.in_channels, outChannels: c.out_channels ?? c.in_channels, doubleBlocks: c.num_layers, singleBlocks: c.num_single_layers,
    heads: c.num_attention_heads, headDim: c.attention_head_dim, width: c.num_attention_heads * c.attention_head_dim,
    textWidth: c.joint_attention_dim, pooledWidth: c.pooled_projection_dim, guidanceEmbeds: c.guidance_embeds, rotaryAxes: c.axes_dims_rope,
  };
}
