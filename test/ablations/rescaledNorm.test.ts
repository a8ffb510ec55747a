import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rescaledFlux, rescaledT5 } from "../../src/ablations/rescaledNorm.ts";
import { floats, ints, type Tensor } from "../../src/graph/tensor.ts";
import type { Weights } from "../../src/graph/executor.ts";
import { parseFluxConfig } from "../../src/models/flux/config.ts";
import { fluxTransformer } from "../../src/models/flux/transformer.ts";
import { parseT5Config } from "../../src/models/t5/config.ts";
import { decode, encode } from "../../src/models/t5/t5.ts";
import { WeightScope } from "../../src/models/weights.ts";
import { ortExecutor } from "../../src/onnx/ortExecutor.ts";
import { input } from "../../src/ops/index.ts";
import { Random } from "../../src/random/random.ts";
import { openCheckpoint, type Checkpoint } from "../../src/weights/checkpoint.ts";
import { writeSafetensors } from "../../src/weights/safetensors.ts";
import { randomParameters } from "../models/directionalDerivative.ts";

const executor = ortExecutor({ threads: 1 }), scale = 8;
const t5 = parseT5Config({ vocab_size: 23, d_model: 12, d_kv: 4, d_ff: 16, num_layers: 1, num_decoder_layers: 2, num_heads: 2, feed_forward_proj: "gated-gelu", tie_word_embeddings: false });
const flux = parseFluxConfig({ in_channels: 16, num_layers: 1, num_single_layers: 1, attention_head_dim: 8, num_attention_heads: 2, joint_attention_dim: 12, pooled_projection_dim: 10, guidance_embeds: false, axes_dims_rope: [4, 2, 2] });
let folder: string;

beforeAll(() => { folder = mkdtempSync(join(tmpdir(), "rescaled-")); });
afterAll(() => rmSync(folder, { recursive: true }));

const values = (name: string, shape: number[]): Tensor => floats(shape, new Random(name).normals(shape.reduce((a, b) => a * b)));

/** A checkpoint of random weights of everything that `declare` traces. */
function checkpoint(name: string, declare: (weights: WeightScope) => unknown): Checkpoint {
  const weights = new WeightScope(), file = join(folder, `${name}.safetensors`);
  declare(weights);
  writeSafetensors(file, new Map(Object.entries(randomParameters(weights)).map(([key, { shape, data }]) => [key, { dtype: "F32", shape, data: data as Float32Array }])));
  return openCheckpoint(file);
}

const difference = (a: Tensor, b: Tensor, factor = 1): number => Math.max(...Array.from(a.data as Float32Array, (x, i) => Math.abs(factor * x - (b.data as Float32Array)[i]!)));

test("T5's states are scaled and its logits are not", async () => {
  const ids = input("ids", ["B", "T"], "int32"), mask = input("mask", ["B", "T"], "int32"), targets = input("targets", ["B", "L"], "int32");
  const graph = (weights: WeightScope) => {
    const { last } = encode(weights, t5, ids, mask);
    return { last, logits: decode(weights, t5, last, mask, targets).logits };
  };
  const file = checkpoint("t5", graph), feeds = { ids: ints([1, 4], [3, 9, 20, 1]), mask: ints([1, 4], [1, 1, 1, 1]), targets: ints([1, 3], [0, 7, 11]) };
  const run = async (weights: Weights) => {
    const program = await executor.compile(graph(new WeightScope()), weights), result = await program.run(feeds);
    await program.release();
    return result;
  };
  const own = await run((name) => file.tensors.get(name)), rescaled = await run(rescaledT5(file, scale));
  expect(difference(own.last, rescaled.last, scale)).toBe(0); // a power of two rounds nothing
  expect(difference(own.logits, rescaled.logits)).toBe(0);
  expect(difference(own.last, rescaled.last)).toBeGreaterThan(0.1);
});

test("FLUX reads scaled states as it reads T5's own", async () => {
  const graph = (weights: WeightScope) => ({
    velocity: fluxTransformer(weights, flux, { hiddenStates: input("x", ["B", "P", 16]), encoderHiddenStates: input("text", ["B", "T", 12]), pooled: input("pooled", ["B", 10]), timestep: input("t", ["B"]), guidance: undefined, imgIds: input("ids", ["P", 3]) }).velocity,
  });
  const file = checkpoint("flux", graph), text = values("text", [1, 3, 12]), scaled = floats([1, 3, 12], (text.data as Float32Array).map((x) => x * scale));
  const run = async (weights: Weights, states: Tensor) => {
    const program = await executor.compile(graph(new WeightScope()), weights);
    const { velocity } = await program.run({ x: values("x", [1, 4, 16]), text: states, pooled: values("pooled", [1, 10]), t: floats([1], [0.5]), ids: floats([4, 3], [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1]) });
    await program.release();
    return velocity;
  };
  const own = await run((name) => file.tensors.get(name), text);
  expect(difference(own, await run(rescaledFlux(file, scale), scaled))).toBe(0);
  expect(difference(own, await run((name) => file.tensors.get(name), scaled))).toBeGreaterThan(1e-4);
});
