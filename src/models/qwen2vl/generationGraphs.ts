/**
 * The two graphs of generation. Axes: B rows, T prompt tokens, N places for written tokens, K key-value groups, d head width.
 * The prompt's keys and values stay as prefill gave them; those of written tokens lie in a cache of their own, so that a step
 * returns only its own [B, K, 1, 1, d] and nothing is ever joined or moved but the scores.
 */
import type { Value } from "../../graph/value.ts";
import { embedding } from "../layers/linear.ts";
import { input, iota, less, reshape, unsqueeze, where } from "../../ops/index.ts";
import { keyMaskBias, MASKED } from "../layers/attention.ts";
import { WeightScope } from "../weights.ts";
import { headWidth, type Qwen2VLConfig } from "./config.ts";
import { decoderLayer, languageHead } from "./decoder.ts";
import { qwen2vlForward, qwen2vlInputs } from "./qwen2vl.ts";
import { multimodalRotary } from "./rotary.ts";

/** "<holder>.keys.<layer>" and "<holder>.values.<layer>" for every layer. */
export const cacheNames = (holder: string, { num_hidden_layers }: Qwen2VLConfig): string[] =>
  Array.from({ length: num_hidden_layers }, (_, i) => [`${holder}.keys.${i}`, `${holder}.values.${i}`]).flat();

/** Prompts (`qwen2vlInputs` with rows: each one's last token) to "norm" [B, D], "logits" [B, V] and "prompt.keys|values.i" [B, K, 1, T, d]. */
export function prefillGraph(config: Qwen2VLConfig, mixedGrids: boolean): Record<string, Value> {
  const { norm, logits, layers } = qwen2vlForward(new WeightScope(), config, qwen2vlInputs(config, { mixedGrids, rows: true }));
  return { norm, logits, ...Object.fromEntries(layers.flatMap(({ keys, values }, i) => [[`prompt.keys.${i}`, keys], [`prompt.values.${i}`, values]])) };
}

/** One more token: "ids" [B, 1], "positions" [3, B, 1], "writtenCount" [], "mask" and both caches to "norm" [B, D], "logits" [B, V] and "own.keys|values.i" [B, K, 1, 1, d]. */
export function stepGraph(config: Qwen2VLConfig): Record<string, Value> {
  const { num_hidden_layers, num_key_value_heads: K, hidden_size, vocab_size } = config, weights = new WeightScope(), d = headWidth(config);
  const rotary = multimodalRotary(input("positions", [3, "B", 1], "int32"), d, config.rope_theta, config.rope_scaling.mrope_section);
  const promptBias = unsqueeze(keyMaskBias(input("mask", ["B", "T"], "int32")), 2);                           // [B, 1, 1, 1, T]
  const writtenBias = where(less(iota("N"), input("writtenCount", [], "int32")), 0, MASKED);                  // [N]
  const held = (holder: string, length: string, i: number) => ({ keys: input(`${holder}.keys.${i}`, ["B", K, 1, length, d]), values: input(`${holder}.values.${i}`, ["B", K, 1, length, d]) });

  const outputs: Record<string, Value> = {};
  let x = embedding(input("ids", ["B", 1], "int32"), weights.at("model.embed_tokens"), vocab_size, hidden_size);
  for (let i = 0; i < num_hidden_layers; i++) {
    const layer = decoderLayer(weights.at("model.layers").at(i), config, x, rotary, (own) =>
      [{ ...held("prompt", "T", i), bias: promptBias }, { ...held("written", "N", i), bias: writtenBias }, own]);
    x = layer.hidden;
    outputs[`own.keys.${i}`] = layer.keys;
    outputs[`own.values.${i}`] = layer.values;
  }
  return { ...outputs, ...languageHead(weights, config, reshape(x, ["B", hidden_size])) };
}
