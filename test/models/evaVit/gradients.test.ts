import { expect, test } from "vitest";
import { floats } from "../../../src/graph/tensor.ts";
import { gridSide, parseEvaVitConfig } from "../../../src/models/evaVit/config.ts";
import { evaVit } from "../../../src/models/evaVit/evaVit.ts";
import { halveTokens } from "../../../src/models/evaVit/halveTokens.ts";
import { WeightScope } from "../../../src/models/weights.ts";
import { input, mean, mul } from "../../../src/ops/index.ts";
import { Random } from "../../../src/random/random.ts";
import { directionalDerivatives } from "../directionalDerivative.ts";

const config = parseEvaVitConfig({ vision_config: { hidden_size: 6, intermediate_size: 7, num_hidden_layers: 2, num_attention_heads: 3, image_size: 10, patch_size: 2 } });

test("halved tokens differentiate through the tower, the batch being a symbol", async () => {
  const weights = new WeightScope(), random = new Random("eva-vit");
  const tokens = halveTokens(evaVit(weights, config, input("pixels", ["B", 3, 10, 10])).lastHiddenState, gridSide(config));
  const { rows } = await directionalDerivatives(mean(mul(tokens, input("weighting", ["B", 5, 6]))), weights, {
    pixels: floats([2, 3, 10, 10], random.normals(600)),
    weighting: floats([2, 5, 6], random.normals(60)),
  });
  expect(rows).toHaveLength(weights.parameters.size);
  for (const { name, difference, product, norm } of rows) {
    expect(Math.abs(difference - product), name).toBeLessThan(2e-3 * Math.max(norm, 0.02));
    expect(norm, name).toBeGreaterThan(1e-4);
  }
});
