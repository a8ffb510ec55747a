import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gradients } from "../../../src/autodiff/gradient.ts";
import { floats, ints, type Tensor } from "../../../src/graph/tensor.ts";
import type { Value } from "../../../src/graph/value.ts";
import { parseFluxConfig } from "../../../src/models/flux/config.ts";
import { fluxTransformer, type FluxInputs } from "../../../src/models/flux/transformer.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input, mul, sum } from "../../../src/ops/index.ts";
import { Random } from "../../../src/random/random.ts";
import { compareManifest } from "../../../src/weights/manifest.ts";

const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const smallJson = {
  in_channels: 3, num_layers: 1, num_single_layers: 1, attention_head_dim: 10, num_attention_heads: 2, joint_attention_dim: 7,
  pooled_projection_dim: 5, guidance_embeds: true, axes_dims_rope: [2, 4, 4],
};
const config = parseFluxConfig(smallJson);
const random = new Random("flux transformer tests");
const normals = (shape: readonly number[], scale = 1) => floats(shape, random.normals(shape.reduce((a, b) => a * b, 1)).map((x) => scale * x));

const given: FluxInputs = {
  hiddenStates: input("x", ["B", "P", 3]), encoderHiddenStates: input("text", ["B", "T", 7]), pooled: input("pooled", ["B", 5]),
  timestep: input("t", ["B"]), guidance: input("g", ["B"]), imgIds: input("ids", ["P", 3]),
};
/** The graph, and random weights for its parameters. */
function trace(inputs: FluxInputs): { velocity: Value; weights: Map<string, Tensor>; parameters: ReadonlyMap<string, Value> } {
  const scope = new WeightScope(), { velocity } = fluxTransformer(scope, config, inputs), stream = new Random("flux weights");
  const weights = new Map(scope.manifest().map(({ name, shape }) => [name, floats(shape, stream.normals(shape.reduce((a, b) => a * b, 1)).map((x) => 0.3 * x))]));
  return { velocity, weights, parameters: scope.parameters };
}
const ids = floats([4, 3], [0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1]);
const batch = (B: number, T: number) => ({ x: normals([B, 4, 3]), text: normals([B, T, 7]), pooled: normals([B, 5]), t: floats([B], random.normals(B).map(Math.abs)), g: floats([B], new Float32Array(B).fill(3.5)), ids });
const difference = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

test("declares the tensors of FLUX.1-dev", () => {
  const full = parseFluxConfig(readJson("assets/paper/flux.1-dev-transformer.json"));
  const published = readJson("test/oracle/manifests/flux.1-dev-transformer.json") as { tensors: [string, number[]][] };
  const weights = new WeightScope();
  const { velocity } = fluxTransformer(weights, full, {
    hiddenStates: input("x", ["B", "P", 64]), encoderHiddenStates: input("text", ["B", "T", 4096]), pooled: input("pooled", ["B", 768]),
    timestep: input("t", ["B"]), guidance: input("g", ["B"]), imgIds: input("ids", ["P", 3]),
  });
  expect(velocity.shape).toEqual(["B", "P", 64]);
  expect(compareManifest(weights.manifest(), published.tensors.map(([name, shape]) => ({ name, shape }))).lines).toEqual([]);
});

test("masked text of mixed lengths equals unpadded runs, whatever the padding holds", async () => {
  const masked = trace({ ...given, textMask: input("mask", ["B", "T"], "int32") }), plain = trace(given);
  const executor = ortExecutor({ threads: 1 });
  const together = await executor.compile({ velocity: masked.velocity }, (name) => masked.weights.get(name));
  const alone = await executor.compile({ velocity: plain.velocity }, (name) => plain.weights.get(name));
  const feeds = batch(2, 6);
  const both = await together.run({ ...feeds, mask: ints([2, 6], [1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]) });
  for (const [row, length] of [[0, 2], [1, 6]] as const) {
    const part = (t: Tensor) => { const n = t.data.length / 2; return (t.data as Float32Array).slice(row * n, (row + 1) * n); };
    const { velocity } = await alone.run({
      x: floats([1, 4, 3], part(feeds.x)), text: floats([1, length, 7], part(feeds.text).slice(0, length * 7)), pooled: floats([1, 5], part(feeds.pooled)),
      t: floats([1], part(feeds.t)), g: floats([1], part(feeds.g)), ids,
    });
    expect(difference(part(both.velocity), velocity.data)).toBeLessThan(2e-5);
    expect(difference(velocity.data, new Float32Array(12))).toBeGreaterThan(0.1);
  }
  const other = await together.run({ ...feeds, mask: ints([2, 6], [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1]) });
  expect(difference(other.velocity.data, both.velocity.data)).toBeGreaterThan(1e-3);
  await together.release();
  await alone.release();
});

test("text ids left out are zero, and image ids matter", async () => {
  const without = trace(given), zero = trace({ ...given, txtIds: input("txt", ["T", 3]) });
  const executor = ortExecutor({ threads: 1 }), feeds = batch(2, 3);
  const a = await executor.compile({ velocity: without.velocity }, (name) => without.weights.get(name));
  const b = await executor.compile({ velocity: zero.velocity }, (name) => zero.weights.get(name));
  const want = await a.run(feeds), got = await b.run({ ...feeds, txt: floats([3, 3], new Float32Array(9)) });
  expect(difference(got.velocity.data, want.velocity.data)).toBeLessThan(2e-5);
  const moved = await a.run({ ...feeds, ids: floats([4, 3], ids.data.map((x) => 2 * x)) });
  expect(difference(moved.velocity.data, want.velocity.data)).toBeGreaterThan(1e-3);
  await a.release();
  await b.release();
});

test("gradients to weights and text features agree with a directional finite difference", async () => {
  const traced = trace({ ...given, textMask: input("mask", ["B", "T"], "int32") });
  const loss = sum(mul(traced.velocity, input("u", ["B", "P", 3])));
  const names = [...traced.parameters.keys()];
  const [ofText, ...ofWeights] = gradients(loss, [given.encoderHiddenStates, ...traced.parameters.values()]);
  const program = await ortExecutor({ threads: 1 }).compile<string>({ loss, "d text": ofText!, ...Object.fromEntries(names.map((name, i) => [`d ${name}`, ofWeights[i]!])) });
  const feeds: Record<string, Tensor> = { ...batch(2, 3), u: normals([2, 4, 3]), mask: ints([2, 3], [1, 1, 0, 1, 1, 1]), ...Object.fromEntries(traced.weights) };
  feeds["t"] = floats([2], [0.001, 0.0007]);
  feeds["g"] = floats([2], [0.003, 0.002]);
  const towards = new Map(["text", ...names].map((name) => [name, normals(feeds[name]!.shape)]));
  const run = (step: number) => program.run({ ...feeds, ...Object.fromEntries([...towards].map(([name, d]) => [name, floats(d.shape, Float32Array.from(feeds[name]!.data, (x, i) => x + step * d.data[i]!))])) });
  const h = 2 ** -10, centre = await run(0);
  const slope = ((await run(h))["loss"]!.data[0]! - (await run(-h))["loss"]!.data[0]!) / (2 * h);
  let product = 0;
  for (const [name, d] of towards) {
    const gradient = centre[`d ${name}`]!.data as Float32Array;
    expect(gradient.some((x) => Math.abs(x) > 1e-7), name).toBe(true);
    product += gradient.reduce((s, x, i) => s + x * d.data[i]!, 0);
  }
  expect(Math.abs(slope - product) / Math.abs(slope)).toBeLessThan(0.01);
  expect((centre["d text"]!.data as Float32Array).slice(14, 21)).toEqual(new Float32Array(7));
  await program.release();
});

test("refuses what does not fit by name", () => {
  expect(() => parseFluxConfig({ ...smallJson, patch_size: 2 })).toThrow(/patch_size/);
  expect(() => parseFluxConfig({ ...smallJson, axes_dims_rope: [2, 4, 2] })).toThrow(/axes_dims_rope/);
  expect(() => trace({ ...given, guidance: undefined })).toThrow(/guidance must be given/);
});
