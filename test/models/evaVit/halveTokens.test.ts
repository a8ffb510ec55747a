import { expect, test } from "vitest";
import { floats } from "../../../src/graph/tensor.ts";
import { bilinearWeights, halveTokens } from "../../../src/models/evaVit/halveTokens.ts";
import { ortExecutor } from "../../../src/onnx/ortExecutor.ts";
import { input } from "../../../src/ops/index.ts";

test("an even axis averages neighbours, an odd one interpolates at pixel centres", () => {
  expect(bilinearWeights(4, 2)).toEqual([[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]]);
  expect(bilinearWeights(5, 2)).toEqual([[0.25, 0.75, 0, 0, 0], [0, 0, 0, 0.75, 0.25]]);
  expect(bilinearWeights(3, 1)).toEqual([[0, 1, 0]]);
});

test("the class token stays and the grid is halved rows first", async () => {
  const program = await ortExecutor({ threads: 1 }).compile({ halved: halveTokens(input("tokens", ["B", 17, 1]), 4) });
  const { halved } = await program.run({ tokens: floats([1, 17, 1], [-7, ...Array.from({ length: 16 }, (_, i) => (i >> 2) * 100 + (i & 3))]) });
  expect(halved.shape).toEqual([1, 5, 1]);
  expect([...halved.data]).toEqual([-7, 50.5, 52.5, 250.5, 252.5]);
  await program.release();
});

test("refuses tokens that are no class token and square grid", () => {
  expect(() => halveTokens(input("tokens", ["B", 16, 3]), 4)).toThrow("are 17 tokens, found [B, 16, 3]");
  expect(() => halveTokens(input("tokens", ["B", 2, 3]), 1)).toThrow("at least 2 x 2");
});
