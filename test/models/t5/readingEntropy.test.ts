import { expect, test } from "vitest";
import { floats, ints } from "../../../src/graph/tensor.ts";
import { parseT5Config } from "../../../src/models/t5/config.ts";
import { readingEntropy } from "../../../src/models/t5/readingEntropy.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input } from "../../../src/ops/index.ts";
import { Random } from "../../../src/random/random.ts";
import { randomParameters } from "../directionalDerivative.ts";

const config = parseT5Config({ vocab_size: 23, d_model: 12, d_kv: 4, d_ff: 16, num_layers: 1, num_decoder_layers: 2, num_heads: 2, feed_forward_proj: "gated-gelu", tie_word_embeddings: false });

test("blind queries look at all positions alike, sharp ones at one; padding and ignored labels do not count", async () => {
  const weights = new WeightScope(), graph = readingEntropy(weights, config, input("features", ["B", "T", 12]), input("mask", ["B", "T"], "int32"), input("labels", ["B", "L"], "int32"));
  const values = randomParameters(weights);
  const scaled = (name: string, factor: number) => { const tensor = values[name]!; return floats(tensor.shape, (tensor.data as Float32Array).map((x) => x * factor)); };
  const query = (i: number): string => `decoder.block.${i}.layer.1.EncDecAttention.q.weight`, own: typeof values = { ...values, [query(0)]: scaled(query(0), 0), [query(1)]: scaled(query(1), 1e5) };
  const program = await ortExecutor({ threads: 1 }).compile({ first: graph[0]!, second: graph[1]! }, (name) => own[name]);
  const features = floats([2, 5, 12], new Random("features").normals(120));
  const run = (mask: number[], labels: number[]) => program.run({ features, mask: ints([2, 5], mask), labels: ints([2, 3], labels) });
  const whole = await run([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], [4, 9, 1, 4, 9, 1]);
  expect(whole.first.data[0]).toBeCloseTo(Math.log(5), 5);
  expect(whole.second.data[0]).toBeLessThan(0.01);
  // One text of five positions with three labels, one of two positions with one.
  expect((await run([1, 1, 1, 1, 1, 1, 1, 0, 0, 0], [4, 9, 1, 4, -100, -100])).first.data[0]).toBeCloseTo((3 * Math.log(5) + Math.log(2)) / 4, 5);
  await program.release();
});
