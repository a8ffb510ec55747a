import { z } from "zod";
import { reasonOf } from "../../files/json.ts";
import { layers, size } from "../configNumbers.ts";

const schema = z.object({
  in_channels: size.default(3),
  out_channels: size.default(3),
  down_block_types: z.array(z.literal("DownEncoderBlock2D")),
  up_block_types: z.array(z.literal("UpDecoderBlock2D")),
  block_out_channels: z.array(size).min(1).max(8),
  layers_per_block: layers.default(1),
  act_fn: z.string().default("silu"),
  latent_channels: size.default(4),
  norm_num_groups: size.default(32),
  scaling_factor: z.number().default(0.18215),
  shift_factor: z.number().nullish(),
  use_quant_conv: z.boolean().default(true),
  use_post_quant_conv: z.boolean().default(true),
  mid_block_add_attention: z.boolean().default(true),
  latents_mean: z.null("per-channel latent statistics are not supported").optional(),
  latents_std: z.null("per-channel latent statistics are not supported").optional(),
}).refine((c) => c.down_block_types.length === c.block_out_channels.length && c.up_block_types.length === c.block_out_channels.length, "block_out_channels, down_block_types and up_block_types must be equally long");

export interface AutoencoderConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Width of each resolution, from the image's to the latent's. */
  readonly channels: readonly number[];
  readonly layersPerBlock: number;
  readonly activation: string;
  readonly latentChannels: number;
  readonly groups: number;
  readonly normEps: number;
  /** What diffusion sees is (latent - shift) * scaling. */
  readonly scaling: number;
  readonly shift: number;
  readonly quantConv: boolean;
  readonly postQuantConv: boolean;
  readonly midAttention: boolean;
}

/** AutoencoderKL's published config.json as a configuration; throws with the setting's name on what is not supported. */
export function parseAutoencoderConfig(json: unknown): AutoencoderConfig {
  const found = schema.safeParse(json);
  if (!found.success) throw new Error(`AutoencoderKL config.json: ${reasonOf(found.error)}`);
  const c = found.data;
  return {
    inChannels: c.in_channels, outChannels: c.out_channels, channels: c.block_out_channels, layersPerBlock: c.layers_per_block,
    activation: c.act_fn, latentChannels: c.latent_channels, groups: c.norm_num_groups, normEps: 1e-6,
    scaling: c.scaling_factor, shift: c.shift_factor ?? 0,
    quantConv: c.use_quant_conv, postQuantConv: c.use_post_quant_conv, midAttention: c.mid_block_add_attention,
  };
}

/** Image pixels per latent pixel along one side. */
export const downsampling = (config: AutoencoderConfig): number => 2 ** (config.channels.length - 1);
