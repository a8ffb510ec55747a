import { expect, test } from "vitest";
import { prepareBatch } from "../../../src/models/qwen2vl/batch.ts";
import { parseQwen2VLConfig } from "../../../src/models/qwen2vl/config.ts";
import { positionIds } from "../../../src/models/qwen2vl/positions.ts";
import { qwen2vlForward, qwen2vlInputs } from "../../../src/models/qwen2vl/qwen2vl.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { ints } from "../../../src/graph/tensor.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input, logSoftmax, mean, neg, pick } from "../../../src/ops/index.ts";
import { directionalDerivatives, randomParameters } from "../directionalDerivative.ts";
import { traceAgainstManifest } from "../publishedManifest.ts";
import { smallConfig, smallImage, smallJson, smallPrompt } from "./smallModel.ts";

test("declares the tensors of Qwen2-VL-7B-Instruct", () => {
  const { differences, parameters, published } = traceAgainstManifest("qwen2-vl-7b-instruct", (weights, json) => {
    const config = parseQwen2VLConfig(json);
    expect(qwen2vlForward(weights, config, qwen2vlInputs(config)).logits.shape).toEqual(["B", "T", 152064]);
  });
  expect(differences).toEqual([]);
  expect(parameters).toBe(published);
});

test("refuses what it does not support by name", () => {
  expect(() => parseQwen2VLConfig({ ...smallJson, use_sliding_window: true })).toThrow(/use_sliding_window/);
  expect(() => parseQwen2VLConfig({ ...smallJson, rope_scaling: { type: "yarn", mrope_section: [1, 1, 2] } })).toThrow(/rope_scaling\.type/);
  expect(() => parseQwen2VLConfig({ ...smallJson, rope_scaling: { mrope_section: [1, 1, 1] } })).toThrow(/mrope_section must sum to half the head width 8, found 3/);
  expect(() => parseQwen2VLConfig({ ...smallJson, num_key_value_heads: 3 })).toThrow(/num_key_value_heads 3/);
});

test("placeholders that do not fit the images are refused with the prompt's number", () => {
  const config = smallConfig(), image = smallImage(config, "a");
  expect(() => prepareBatch(config, [smallPrompt([8], [image], [9]), { ids: [6, 9], images: [image] }])).toThrow(/prompt 2: its 1 images take 2 placeholders, found 1/);
  expect(() => positionIds(ints([1, 2], [6, 9]), ints([1, 2], [1, 1]), [[1, 2, 4]], config)).toThrow(/takes 2 placeholders, found 1/);
  expect(() => prepareBatch(config, [{ ids: [8], images: [] }, { ids: [], images: [] }])).toThrow(/prompt 2 has no tokens/);
  expect(() => positionIds(ints([1, 2], [6, 9]), ints([1, 2], [1, 1]), [], config)).toThrow(/only 0 images/);
  expect(() => prepareBatch(config, [{ ids: [6], images: [{ ...image, pixelValues: image.pixelValues.slice(1) }] }])).toThrow(/image 1: a grid of 1 x 2 x 4 takes 192 patch values, found 191/);
});

test("selected rows equal the same rows of the whole", async () => {
  const config = smallConfig(), scope = new WeightScope();
  const { norm, logits } = qwen2vlForward(scope, config, qwen2vlInputs(config));
  const chosen = qwen2vlForward(scope, config, qwen2vlInputs(config, { rows: true }));
  const { feeds } = prepareBatch(config, [smallPrompt([8, 9], [smallImage(config, "a")], [10]), smallPrompt([11], [smallImage(config, "b"), smallImage(config, "c")], [])]);
  const program = await ortExecutor({ threads: 1 }).compile({ norm, logits, rowNorm: chosen.norm, rowLogits: chosen.logits });
  const rows = [3, 8, 15], found = await program.run({ ...feeds, ...randomParameters(scope), rows: ints([3], rows) });
  await program.release();
  for (const [part, whole] of [[found.rowNorm, found.norm], [found.rowLogits, found.logits]] as const) {
    const width = whole.shape[2]!;
    rows.forEach((row, i) => part.data.subarray(i * width, (i + 1) * width).forEach((x, j) => expect(x).toBeCloseTo(whole.data[row * width + j]!, 5)));
  }
});

test("every parameter's gradient agrees with a directional finite difference", async () => {
  const config = smallConfig(), scope = new WeightScope();
  const { logits } = qwen2vlForward(scope, config, qwen2vlInputs(config, { rows: true }));
  const loss = neg(mean(pick(logSoftmax(logits), input("labels", ["R"], "int32"))));
  const { feeds } = prepareBatch(config, [smallPrompt([8, 9], [smallImage(config, "a")], [10, 7]), smallPrompt([11], [smallImage(config, "b")], [])]);
  const { rows } = await directionalDerivatives(loss, scope, { ...feeds, rows: ints([3], [5, 6, 12]), labels: ints([3], [12, 13, 14]) });
  for (const { name, difference, product, norm } of rows) {
    expect(norm, name).toBeGreaterThan(1e-5);
    expect(Math.abs(difference - product), name).toBeLessThan(2e-3 + 2e-2 * Math.abs(product));
  }
});
