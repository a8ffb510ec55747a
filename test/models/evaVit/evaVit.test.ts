import { expect, test } from "vitest";
import { gridSide, parseEvaVitConfig } from "../../../src/models/evaVit/config.ts";
import { evaVit } from "../../../src/models/evaVit/evaVit.ts";
import { halveTokens } from "../../../src/models/evaVit/halveTokens.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { input } from "../../../src/ops/index.ts";
import { traceAgainstManifest } from "../publishedManifest.ts";

test("at full size it declares BLIP-2's tensors and gives ThinkDiff's 65 tokens", () => {
  const { differences, parameters, published } = traceAgainstManifest("blip2-flan-t5-xxl-vision", (weights, json) => {
    const config = parseEvaVitConfig(json);
    const { lastHiddenState } = evaVit(weights, config, input("pixels", ["B", 3, 224, 224]));
    expect(lastHiddenState.shape).toEqual(["B", 257, 1408]);
    expect(halveTokens(lastHiddenState, gridSide(config)).shape).toEqual(["B", 65, 1408]);
  });
  expect(differences).toEqual([]);
  expect(parameters).toBe(published);
});

test("left-out settings are the released tower's, and impossible ones are refused by name", () => {
  expect(parseEvaVitConfig({ vision_config: { image_size: 364 } })).toMatchObject({ hidden_size: 1408, num_hidden_layers: 39, layer_norm_eps: 1e-6, image_size: 364 });
  expect(() => parseEvaVitConfig({ vision_config: { num_attention_heads: 15 } })).toThrow("num_attention_heads 15");
  expect(() => parseEvaVitConfig({ vision_config: { patch_size: 15 } })).toThrow("patch_size 15");
  expect(() => evaVit(new WeightScope(), parseEvaVitConfig({ vision_config: {} }), input("pixels", ["B", 3, 224, 196]))).toThrow("found [B, 3, 224, 196]");
});

test("a projection without bias declares none", () => {
  const weights = new WeightScope();
  evaVit(weights, parseEvaVitConfig({ vision_config: { qkv_bias: false, num_hidden_layers: 1 } }), input("pixels", ["B", 3, 224, 224]));
  expect([...weights.parameters.keys()].filter((name) => name.includes(".qkv."))).toEqual(["vision_model.encoder.layers.0.self_attn.qkv.weight"]);
});
