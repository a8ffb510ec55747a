import { expect, test } from "vitest";
import { floats, ints } from "../../../src/graph/tensor.ts";
import { clipImageEmbeds, clipLogitsPerImage, clipTextEmbeds, contrastiveLoss } from "../../../src/models/clip/clip.ts";
import { parseClipConfig } from "../../../src/models/clip/config.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { input } from "../../../src/ops/index.ts";
import { Random } from "../../../src/random/random.ts";
import { directionalDerivatives } from "../directionalDerivative.ts";

const config = parseClipConfig({
  projection_dim: 5,
  text_config: { vocab_size: 11, hidden_size: 6, intermediate_size: 7, num_hidden_layers: 1, num_attention_heads: 2, max_position_embeddings: 8, eos_token_id: 2 },
  vision_config: { hidden_size: 9, intermediate_size: 10, num_hidden_layers: 1, num_attention_heads: 3, image_size: 4, patch_size: 2 },
});

test("the contrastive loss differentiates through both towers, batch and length being symbols", async () => {
  const weights = new WeightScope();
  const images = clipImageEmbeds(weights, config, input("pixels", ["B", 3, 4, 4]));
  const texts = clipTextEmbeds(weights, config, input("ids", ["B", "T"], "int32"), input("mask", ["B", "T"], "int32"));
  const { loss, rows } = await directionalDerivatives(contrastiveLoss(clipLogitsPerImage(weights, images, texts)), weights, {
    pixels: floats([3, 3, 4, 4], new Random("clip", "pixels").normals(3 * 48)),
    ids: ints([3, 5], [1, 3, 4, 10, 0, 1, 5, 10, 0, 0, 1, 6, 7, 8, 10]),
    mask: ints([3, 5], [1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1]),
  });
  expect(loss).toBeGreaterThan(0);
  expect(rows).toHaveLength(weights.parameters.size);
  for (const { name, difference, product, norm } of rows) {
    expect(Math.abs(difference - product), name).toBeLessThan(2e-3 * Math.max(norm, 0.05));
    // Softmax does not see a constant added to every key.
    if (!name.endsWith("k_proj.bias")) expect(norm, name).toBeGreaterThan(1e-4);
  }
});
