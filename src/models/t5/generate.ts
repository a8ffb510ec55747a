import type { Executor, Program, Weights } from "../../graph/executor.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { add, concat, input, iota, less, matmul, slice, softmax, unsqueeze, where } from "../../ops/index.ts";
import { keyMaskBias, MASKED, mergeHeads } from "../layers/attention.ts";
import { attend } from "../layers/attention.ts";
import { embedding, linear } from "../layers/linear.ts";
import { rmsNorm } from "../layers/norms.ts";
import { WeightScope } from "../weights.ts";
import type { T5Config } from "./config.ts";
import { feedForward, positionBias, project } from "./t5.ts";

export interface T5Generation {
  /** Token ids per row, the start id first, filled with the pad id behind the end token. */
  readonly sequences: Int32Array[];
  /** Logits [V] of each step per row. */
  readonly stepLogits: Float32Array[][];
}

/** Greedy decoding from encoder output or aligned features. */
export interface T5Generator {
  generate(features: Tensor, mask: Tensor, options: { readonly maxNewTokens: number; readonly eosId?: number }): Promise<T5Generation>;
  release(): Promise<void>;
}

/** Keys and values of every block's cross-attention, computed once a batch. */
function crossMemory(weights: WeightScope, c: T5Config): Record<string, Value> {
  const features = input("features", ["B", "T", c.d_model]);
  const outputs: Record<string, Value> = {};
  for (let i = 0; i < c.num_decoder_layers; i++) {
    const scope = weights.at(`decoder.block.${i}.layer.1.EncDecAttention`);
    for (const part of ["k", "v"] as const) outputs[`cross.${part}.${i}`] = project(features, scope, part, c);
  }
  return outputs;
}

/** One new token against caches [B, H, S, d] of which the first `length` places are filled; returns the logits and the new rows. */
function decodeStep(weights: WeightScope, c: T5Config): Record<string, Value> {
  const { num_heads: H, d_kv: d } = c, decoder = weights.at("decoder");
  const ids = input("ids", ["B", 1], "int32"), length = input("length", [1], "int32"), crossBias = keyMaskBias(input("mask", ["B", "T"], "int32"));
  const places = iota("S"), cached = where(less(places, length), 0, MASKED); // [S]
  const own = (positions: Value) => positionBias(unsqueeze(length, 1), unsqueeze(positions, 0), decoder, false, c); // [1, H, 1, keys]
  const pastBias = add(own(places), cached), newBias = own(length);
  let x = embedding(ids, weights.at("shared"), c.vocab_size, c.d_model);
  const outputs: Record<string, Value> = {};
  for (let i = 0; i < c.num_decoder_layers; i++) {
    const block = decoder.at(`block.${i}`), self = block.at("layer.0"), cross = block.at("layer.1"), attention = self.at("SelfAttention");
    const h = rmsNorm(x, self.at("layer_norm"), c.layer_norm_epsilon);
    const [q, k, v] = [project(h, attention, "q", c), project(h, attention, "k", c), project(h, attention, "v", c)];
    const [pastK, pastV] = [input(`past.k.${i}`, ["B", H, "S", d]), input(`past.v.${i}`, ["B", H, "S", d])];
    const scores = concat([add(matmul(q, pastK, { transposeB: true }), pastBias), add(matmul(q, k, { transposeB: true }), newBias)], 3);
    const p = softmax(scores); // [B, H, 1, S+1]
    const mixed = add(matmul(slice(p, 3, 0, "S"), pastV), matmul(slice(p, 3, "S", 1), v));
    x = add(x, linear(mergeHeads(mixed), attention.at("o"), c.d_model, { bias: false }));
    const query = project(rmsNorm(x, cross.at("layer_norm"), c.layer_norm_epsilon), cross.at("EncDecAttention"), "q", c);
    const read = attend(query, input(`cross.k.${i}`, ["B", H, "T", d]), input(`cross.v.${i}`, ["B", H, "T", d]), { bias: crossBias });
    x = add(x, linear(mergeHeads(read), cross.at("EncDecAttention.o"), c.d_model, { bias: false }));
    x = feedForward(x, block.at("layer.2"), c);
    outputs[`new.k.${i}`] = k;
    outputs[`new.v.${i}`] = v;
  }
  outputs["logits"] = linear(rmsNorm(x, decoder.at("final_layer_norm"), c.layer_norm_epsilon), weights.at("lm_head"), c.vocab_size, { bias: false });
  return outputs;
}

const argmaxOf = (row: Float32Array): number => row.reduce((best, x, i) => (x > row[best]! ? i : best), 0);

/** Compiles greedy decoding; caches live on the host, and each step returns only its own keys and values. */
export async function t5Generator(executor: Executor, c: T5Config, weights: Weights): Promise<T5Generator> {
  const memory: Program = await executor.compile(crossMemory(new WeightScope(), c), weights);
  const step: Program = await executor.compile(decodeStep(new WeightScope(), c), weights);
  const { num_heads: H, d_kv: d, vocab_size: V } = c;

  async function generate(features: Tensor, mask: Tensor, { maxNewTokens, eosId = c.eos_token_id }: { readonly maxNewTokens: number; readonly eosId?: number }): Promise<T5Generation> {
    const B = features.shape[0]!, S = maxNewTokens, cross = await memory.run({ features });
    const caches: Record<string, Tensor> = {};
    for (let i = 0; i < c.num_decoder_layers; i++) for (const part of ["k", "v"]) caches[`past.${part}.${i}`] = floats([B, H, S, d], new Float32Array(B * H * S * d));
    const sequences = Array.from({ length: B }, () => [c.decoder_start_token_id]), stepLogits: Float32Array[][] = Array.from({ length: B }, () => []);
    const open = new Set(sequences.keys());
    let current = new Int32Array(B).fill(c.decoder_start_token_id);
    for (let t = 0; t < maxNewTokens && open.size > 0; t++) {
      const results = await step.run({ ids: ints([B, 1], current), length: ints([1], [t]), mask, ...cross, ...caches });
      for (const [name, cache] of Object.entries(caches)) {
        const rows = results[name.replace("past", "new")]!.data as Float32Array; // [B, H, 1, d]
        for (let r = 0; r < B * H; r++) (cache.data as Float32Array).set(rows.subarray(r * d, (r + 1) * d), (r * S + t) * d);
      }
      const logits = results["logits"]!.data as Float32Array;
      current = Int32Array.from({ length: B }, (_, b) => {
        const row = logits.slice(b * V, (b + 1) * V), id = open.has(b) ? argmaxOf(row) : c.pad_token_id;
        sequences[b]!.push(id);
        stepLogits[b]!.push(row);
        if (id === eosId) open.delete(b);
        return id;
      });
    }
    return { sequences: sequences.map((s) => Int32Array.from(s)), stepLogits };
  }

  return { generate, release: async () => { await memory.release(); await step.release(); } };
}
