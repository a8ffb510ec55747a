import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gradients } from "../../../src/autodiff/gradient.ts";
import { floats } from "../../../src/graph/tensor.ts";
import { decode, encode, scaleLatent, unscaleLatent } from "../../../src/models/autoencoder/autoencoder.ts";
import { downsampling, parseAutoencoderConfig } from "../../../src/models/autoencoder/config.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input, mul, sub, sum } from "../../../src/ops/index.ts";
import { Random } from "../../../src/random/random.ts";
import { compareManifest } from "../../../src/weights/manifest.ts";

const readJson = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const small = () => parseAutoencoderConfig({
  block_out_channels: [4, 6], down_block_types: Array(2).fill("DownEncoderBlock2D"), up_block_types: Array(2).fill("UpDecoderBlock2D"),
  norm_num_groups: 2, latent_channels: 3, scaling_factor: 0.7, shift_factor: 0.2,
});

test("declares the tensors of FLUX.1-dev's autoencoder", () => {
  const config = parseAutoencoderConfig(readJson("assets/paper/flux.1-dev-vae.json"));
  const published = readJson("test/oracle/manifests/flux.1-dev-vae.json") as { tensors: [string, number[]][] };
  const weights = new WeightScope();
  expect(decode(weights, config, input("latent", ["B", 16, 8, 4])).shape).toEqual(["B", 3, 64, 32]);
  expect(encode(weights, config, input("image", ["B", 3, 64, 32])).mean.shape).toEqual(["B", 16, 8, 4]);
  expect(compareManifest(weights.manifest(), published.tensors.map(([name, shape]) => ({ name, shape }))).lines).toEqual([]);
  expect(downsampling(config)).toBe(8);
});

test("quantisation convolutions are on by default and attention in the middle can be left out", () => {
  const config = small(), weights = new WeightScope();
  decode(weights, config, encode(weights, config, input("image", ["B", 3, 8, 8])).mean);
  const names = (w: WeightScope) => w.manifest().map((t) => t.name);
  expect(names(weights)).toEqual(expect.arrayContaining(["quant_conv.weight", "post_quant_conv.bias", "encoder.mid_block.attentions.0.to_out.0.weight"]));
  const plain = new WeightScope();
  encode(plain, { ...config, midAttention: false, quantConv: false }, input("image", ["B", 3, 8, 8]));
  expect(names(plain).filter((name) => /attentions|quant_conv/.test(name))).toEqual([]);
});

test("refuses what it does not support by name", () => {
  const json = readJson("assets/paper/flux.1-dev-vae.json");
  expect(() => parseAutoencoderConfig({ ...json, down_block_types: Array(4).fill("AttnDownEncoderBlock2D") })).toThrow(/down_block_types/);
  expect(() => parseAutoencoderConfig({ ...json, latents_mean: [0, 1] })).toThrow(/latents_mean/);
  expect(() => parseAutoencoderConfig({ ...json, block_out_channels: [8] })).toThrow(/equally long/);
  expect(() => encode(new WeightScope(), small(), input("image", ["B", 3, 8, 7]))).toThrow(/multiples of 2/);
});

test("the gradient of a reconstruction loss agrees with a directional finite difference", async () => {
  const config = small(), weights = new WeightScope(), random = new Random("autoencoder gradient");
  const image = input("image", ["B", 3, 6, 4]);
  const restored = decode(weights, config, unscaleLatent(config, scaleLatent(config, encode(weights, config, image).mean)));
  const loss = sum(mul(sub(restored, image), sub(restored, image)));
  const parameters = [...weights.parameters], grads = gradients(loss, parameters.map(([, value]) => value));
  const program = await ortExecutor({ threads: 1 }).compile<string>({ loss, ...Object.fromEntries(parameters.map(([name], i) => [`d ${name}`, grads[i]!])) });
  const normals = (shape: readonly number[], scale: number, centre = 0) => floats(shape, random.normals(shape.reduce((a, b) => a * b, 1)).map((x) => centre + scale * x));
  const at = new Map(parameters.map(([name, { shape }]) => [name, normals(shape as number[], 0.3, name.includes("norm") && name.endsWith("weight") ? 1 : 0)]));
  const towards = new Map(parameters.map(([name, { shape }]) => [name, normals(shape as number[], 1)]));
  const x = normals([2, 3, 6, 4], 1);
  const run = (step: number) => program.run({ image: x, ...Object.fromEntries([...at].map(([name, t]) => [name, floats(t.shape, t.data.map((v, j) => v + step * towards.get(name)!.data[j]!))])) });
  const h = 2 ** -10, centre = await run(0);
  const slope = ((await run(h))["loss"]!.data[0]! - (await run(-h))["loss"]!.data[0]!) / (2 * h);
  const product = parameters.reduce((total, [name]) => total + Float32Array.from(centre[`d ${name}`]!.data).reduce((s, g, j) => s + g * towards.get(name)!.data[j]!, 0), 0);
  for (const [name] of parameters) if (!name.endsWith("to_k.bias")) expect(centre[`d ${name}`]!.data.some((g: number) => Math.abs(g) > 1e-6), name).toBe(true);
  expect(Math.abs(slope - product) / Math.abs(slope)).toBeLessThan(0.01);
  await program.release();
});
