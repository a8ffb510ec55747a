import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { expandImageTokens, prepareLlavaBatch } from "../../../src/models/llava/batch.ts";
import { imageTokens, parseLlavaConfig } from "../../../src/models/llava/config.ts";
import { llavaGenerator } from "../../../src/models/llava/generate.ts";
import { llavaForward, llavaInputs } from "../../../src/models/llava/llava.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { Random } from "../../../src/random/random.ts";
import { openCheckpoint } from "../../../src/weights/checkpoint.ts";
import { traceAgainstManifest } from "../publishedManifest.ts";

const pack = fileURLToPath(new URL("../../oracle/llava", import.meta.url));
const json = JSON.parse(readFileSync(`${pack}/config.json`, "utf8")) as { text_config: object; vision_config: object };
const config = parseLlavaConfig(json), IMAGE = config.image_token_index, P = imageTokens(config);

test("at full size it declares LLaVA-1.5-13B's tensors, those of the tower it does not use included", () => {
  const { differences, parameters, published } = traceAgainstManifest("llava-1.5-13b-hf", (weights, published) => {
    const full = parseLlavaConfig(published);
    expect(imageTokens(full)).toBe(576);
    const { visionFeatures, logits } = llavaForward(weights, full, llavaInputs(full));
    expect(visionFeatures.shape).toEqual(["I", 576, 1024]);
    expect(logits.shape).toEqual(["B", "T", 32064]);
  });
  expect(differences).toEqual([]);
  expect(parameters).toBe(published);
});

test("a reply does not depend on its neighbours, stops at the end token, and may be about several images or none", async () => {
  const { tensors } = openCheckpoint(pack), random = new Random("llava", "images");
  const generator = await llavaGenerator(ortExecutor({ threads: 1 }), config, (name) => tensors.get(name));
  const image = () => random.normals(3 * 12 * 12);
  const prompts = [
    { ids: expandImageTokens(config, [1, 21, IMAGE, 45, 33]), images: [image()] },
    { ids: [1, 94, 90, 46], images: [] },
    { ids: expandImageTokens(config, [1, IMAGE, 9, IMAGE, 45, 72, 27]), images: [image(), image()] },
  ];
  const together = await generator.generate(prompts, { maxNewTokens: 6, eosId: -1 });
  for (const [i, prompt] of prompts.entries()) {
    const alone = await generator.generate([prompt], { maxNewTokens: 6, eosId: -1 });
    expect(alone.sequences[0]).toEqual(together.sequences[i]);
    alone.stepLogits[0]!.forEach((logits, step) => logits.forEach((x, v) => expect(Math.abs(x - together.stepLogits[i]![step]![v]!)).toBeLessThan(1e-4)));
  }
  const eosId = together.sequences[0]![2]!, stopped = await generator.generate(prompts, { maxNewTokens: 6, eosId });
  stopped.sequences.forEach((ids, i) => {
    const end = together.sequences[i]!.indexOf(eosId);
    expect(ids).toEqual(together.sequences[i]!.slice(0, end < 0 ? 6 : end + 1));
  });
  expect(await generator.generate([], { maxNewTokens: 6 })).toEqual({ sequences: [], stepLogits: [] });
  await generator.release();
});

test("prompts are padded on the left and images counted over the batch", () => {
  const blank = new Float32Array(3 * 12 * 12), other = new Float32Array(3 * 12 * 12), one = expandImageTokens(config, [5, IMAGE]);
  expect(one).toEqual([5, ...new Array<number>(P).fill(IMAGE)]);
  const batch = prepareLlavaBatch(config, [{ ids: one, images: [blank] }, { ids: [1, ...one], images: [other] }]);
  expect([...batch.mask.data.slice(0, 2)]).toEqual([0, 1]);
  expect([...batch.imageIndex.data]).toEqual([-1, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, -1, -1, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
  expect(batch.pixels.shape).toEqual([2, 3, 12, 12]);
  const shared = prepareLlavaBatch(config, [{ ids: one, images: [blank] }, { ids: one, images: [blank] }]);
  expect([shared.pixels.shape[0], [...shared.imageIndex.data]]).toEqual([1, [...batch.imageIndex.data.slice(1, 11), ...batch.imageIndex.data.slice(1, 11)]]);
  expect(() => prepareLlavaBatch(config, [{ ids: [5, IMAGE], images: [blank] }])).toThrow("prompt 1: its 1 images take 9 placeholders (id 3), found 1");
  expect(() => prepareLlavaBatch(config, [{ ids: one, images: [new Float32Array(3)] }])).toThrow("expected 432 pixel values");
});

test("unsupported settings are refused by name", () => {
  const withText = (extra: object) => () => parseLlavaConfig({ ...json, text_config: { ...json.text_config, ...extra } });
  expect(withText({ num_key_value_heads: 2 })).toThrow("num_key_value_heads 2");
  expect(withText({ rope_scaling: { type: "linear", factor: 2 } })).toThrow("rope_scaling");
  expect(withText({ attention_bias: true })).toThrow("attention_bias");
  expect(withText({ head_dim: 7 })).toThrow("head_dim 7");
  expect(() => parseLlavaConfig({ ...json, vision_feature_select_strategy: "full" })).toThrow("vision_feature_select_strategy");
  expect(() => parseLlavaConfig({ ...json, vision_feature_layer: -4 })).toThrow("vision_feature_layer -4");
});
