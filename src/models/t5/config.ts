import { z } from "zod";
import { layers, size, tokenId } from "../configNumbers.ts";

const schema = z.object({
  vocab_size: size, d_model: size, d_kv: size, d_ff: size,
  num_layers: layers, num_decoder_layers: layers.nullish(), num_heads: size,
  relative_attention_num_buckets: size.default(32), relative_attention_max_distance: size.default(128),
  layer_norm_epsilon: z.number().positive().default(1e-6),
  feed_forward_proj: z.literal("gated-gelu"),
  tie_word_embeddings: z.literal(false),
  pad_token_id: tokenId.default(0), eos_token_id: tokenId.default(1), decoder_start_token_id: tokenId.default(0),
}).transform((c) => ({ ...c, num_decoder_layers: c.num_decoder_layers ?? c.num_layers }));

/** T5's published config.json (v1.1 and flan: gated tanh-GELU, untied head). */
export type T5Config = z.output<typeof schema>;

/** Parses a T5 config.json. Throws on settings other than T5 v1.1's. */
export const parseT5Config = (json: unknown): T5Config => schema.parse(json);
