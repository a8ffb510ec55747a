import { expect, test } from "vitest";
import { floats, ints } from "../../../src/graph/tensor.ts";
import { clipImageEmbeds, clipLogitsPerImage, clipTextEmbeds, contrastiveLoss } from "../../../src/models/clip/clip.ts";
import { parseClipConfig, parseClipTextConfig } from "../../../src/models/clip/config.ts";
import { clipTextTower, endPosition } from "../../../src/models/clip/textTower.ts";
import { clipVisionTower } from "../../../src/models/clip/visionTower.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input } from "../../../src/ops/index.ts";
import { traceAgainstManifest } from "../publishedManifest.ts";

const executor = ortExecutor({ threads: 1 });

test("at full size both towers declare ViT-B/32's tensors", () => {
  const { differences, parameters, published } = traceAgainstManifest("clip-vit-b-32", (weights, json) => {
    const config = parseClipConfig(json);
    const images = clipImageEmbeds(weights, config, input("pixels", ["I", 3, 224, 224]));
    const logits = clipLogitsPerImage(weights, images, clipTextEmbeds(weights, config, input("ids", ["N", "T"], "int32")));
    expect(logits.shape).toEqual(["I", "N"]);
  });
  expect(differences).toEqual([]);
  expect(parameters).toBe(published);
});

test("at full size the text tower alone declares FLUX's CLIP-L", () => {
  const { differences, parameters, published } = traceAgainstManifest("clip-vit-l-14-text", (weights, json) => {
    expect(clipTextTower(weights, parseClipTextConfig(json), input("ids", ["B", 77], "int32")).pooled.shape).toEqual(["B", 768]);
  });
  expect(differences).toEqual([]);
  expect(parameters).toBe(published);
});

test("the end token is the first highest id where the configuration says 2, else the first of its own id", async () => {
  const ids = input("ids", ["B", "T"], "int32");
  const program = await executor.compile({ highest: endPosition(ids, 2), own: endPosition(ids, 7) });
  const { highest, own } = await program.run({ ids: ints([3, 5], [0, 9, 7, 9, 7, 2, 1, 0, 3, 7, 5, 2, 4, 5, 1]) });
  expect([...highest.data]).toEqual([1, 4, 0]);
  expect([...own.data]).toEqual([2, 4, 0]);
  await program.release();
});

test("the contrastive loss is the mean cross-entropy along both axes", async () => {
  const program = await executor.compile({ loss: contrastiveLoss(input("logits", ["B", "B"])) });
  const { loss } = await program.run({ logits: floats([2, 2], [1, 0, 2, 3]) });
  const nll = (own: number, other: number) => Math.log(1 + Math.exp(other - own));
  expect(loss.data[0]).toBeCloseTo((nll(1, 0) + nll(3, 2) + nll(1, 2) + nll(3, 0)) / 4, 6);
  await program.release();
});

test("impossible settings and inputs are refused by name", () => {
  expect(() => parseClipConfig({ text_config: { num_attention_heads: 7 }, vision_config: {} })).toThrow("num_attention_heads 7");
  expect(() => parseClipConfig({ text_config: {}, vision_config: { patch_size: 30 } })).toThrow("patch_size 30");
  const config = parseClipConfig({ text_config: { hidden_act: "relu" }, vision_config: {} });
  expect(() => clipTextTower(new WeightScope(), config.text_config, input("ids", ["B", "T"], "int32"))).toThrow("relu");
  expect(() => clipTextTower(new WeightScope(), config.text_config, input("ids", ["B", 78], "int32"))).toThrow("max_position_embeddings is 77");
  expect(() => clipVisionTower(new WeightScope(), config.vision_config, input("pixels", ["B", 1, 224, 224]))).toThrow("found [B, 1, 224, 224]");
});
