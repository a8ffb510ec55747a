import { expect, test } from "vitest";
import { floats } from "../../../src/graph/tensor.ts";
import { decodeLatents, type DecoderProgram } from "../../../src/models/autoencoder/images.ts";

test("pictures are rounded RGB bytes, pixel by pixel", async () => {
  const fed: number[][] = [];
  const program: DecoderProgram = {
    run: (feeds) => {
      fed.push([...feeds["scaled_latent"]!.shape]);
      const image = floats([1, 3, 1, 2], [0, 1, 0.5, 0.2, 0.999, 0.001]);
      return Promise.resolve({ image, decoded: image });
    },
    release: () => Promise.resolve(),
  };
  const images = await decodeLatents(program, [floats([2, 1, 1], [0, 0]), floats([2, 1, 1], [1, 1])]);
  expect(fed).toEqual([[1, 2, 1, 1], [1, 2, 1, 1]]);
  expect(images).toHaveLength(2);
  expect(images[0]).toEqual({ width: 2, height: 1, data: Uint8Array.of(0, 128, 255, 255, 51, 0) });
});
