/**
 * CLIP's text tower (Radford et al. 2021; transformers' CLIPTextModel): causal, learned positions, pooled at the end token.
 * Axes: B texts, T tokens, D width.
 */
import type { Dim } from "../../graph/dims.ts";
import type { Value } from "../../graph/value.ts";
import { add, argmax, cast, equal, iota, matmul, reshape, slice, unsqueeze } from "../../ops/index.ts";
import { causalBias, keyMaskBias } from "../layers/attention.ts";
import { embedding } from "../layers/linear.ts";
import { layerNorm } from "../layers/norms.ts";
import type { WeightScope } from "../weights.ts";
import type { ClipTextConfig } from "./config.ts";
import { clipEncoder } from "./encoder.ts";

export interface ClipText {
  /** The residual stream [B, T, D] after each block. */
  readonly layers: readonly Value[];
  /** After final_layer_norm, [B, T, D]. */
  readonly lastHiddenState: Value;
  /** The last hidden state at the end token, [B, D]. */
  readonly pooled: Value;
}

/**
 * The end token's place in each row of ids [B, T], int32 [B]. Released configurations say eos_token_id 2, which is no end token of theirs
 * and means the first position of the highest id; any other id means its own first position (0 where it is absent).
 */
export const endPosition = (ids: Value, eosTokenId: number): Value => argmax(eosTokenId === 2 ? ids : cast(equal(ids, eosTokenId), "int32"));

/** Rows x [B, T, D] at positions int32 [B]: [B, D]. */
function rowsAt(x: Value, positions: Value): Value {
  const [B, T, D] = x.shape as readonly [Dim, Dim, number];
  const oneHot = cast(equal(iota(T), unsqueeze(positions, 1)), "float32"); // [B, T]
  return reshape(matmul(unsqueeze(oneHot, 1), x), [B, D]);
}

/** The text tower for ids int32 [B, T], T at most max_position_embeddings, and an optional mask [B, T] (nonzero = attend; FLUX gives none). */
export function clipTextTower(weights: WeightScope, config: ClipTextConfig, ids: Value, mask?: Value): ClipText {
  const model = weights.at("text_model"), { hidden_size: D, max_position_embeddings: positions } = config;
  const T = ids.shape[1]!;
  if (typeof T === "number" && T > positions) throw new Error(`CLIP text of ${T} tokens; max_position_embeddings is ${positions}`);
  const tokens = embedding(ids, model.at("embeddings.token_embedding"), config.vocab_size, D);
  const places = slice(model.param("embeddings.position_embedding.weight", [positions, D]), 0, 0, T);
  const causal = causalBias(T);
  const layers = clipEncoder(model.at("encoder"), config, add(tokens, places), mask ? add(causal, keyMaskBias(mask)) : causal);
  const lastHiddenState = layerNorm(layers.at(-1)!, model.at("final_layer_norm"), config.layer_norm_eps);
  return { layers, lastHiddenState, pooled: rowsAt(lastHiddenState, endPosition(ids, config.eos_token_id)) };
}
