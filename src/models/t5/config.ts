import { z } from "zod";

const schema = z.object({
  vocab_size: z.number().int(), d_model: z.number().int(), d_kv: z.number().int(), d_ff: z.number().int(),
  num_layers: z.number().int(), num_decoder_layers: z.number().int().nullish(), num_heads: z.number().int(),
  relative_attention_num_buckets: z.number().int().default(32), relative_attention_max_distance: z.number().int().default(128),
  layer_norm_epsilon: z.number().default(1e-6),
  feed_forward_proj: z.literal("gated-gelu"),
  tie_word_embeddings: z.literal(false),
  pad_token_id: z.number().int().default(0), eos_token_id: z.number().int().default(1), decoder_start_token_id: z.number().int().default(0),
}).transform((c) => ({ ...c, num_decoder_layers: c.num_decoder_layers ?? c.num_layers }));

/** T5's published config.json (v1.1 and flan: gated tanh-GELU, untied head). */
export type T5Config = z.output<typeof schema>;

/** Parses a T5 config.json. Throws on settings other than T5 v1.1's. */
export const parseT5Config = (json: unknown): T5Config => schema.parse(json);
