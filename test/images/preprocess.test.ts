import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { blip2Preprocess } from "../../src/images/blip2Preprocess.ts";
import { centreCrop, clipPreprocess } from "../../src/images/clipPreprocess.ts";
import type { Image } from "../../src/images/image.ts";
import { QWEN2_VL_PREPROCESS, qwen2vlPreprocess, smartResize } from "../../src/images/qwen2vlPreprocess.ts";
import { resizeBicubicLikePillow } from "../../src/images/resize.ts";
import { openSafetensors, readTensor } from "../../src/weights/safetensors.ts";

interface Case { name: string; kind: string; settings: Record<string, number> & { mean: number[]; std: number[] }; tolerance: number }
const casesOf = (pack: string): Case[] =>
  (JSON.parse(readFileSync(`test/oracle/${pack}/pack.json`, "utf8")) as { cases: Case[] }).cases.filter((c) => c.kind === "preprocess");

const qwen = openSafetensors("test/oracle/qwen2-vl/tensors.safetensors");
const recorded = openSafetensors("test/oracle/image-preprocess/tensors.safetensors");
const eva = openSafetensors("test/oracle/eva-vit/tensors.safetensors");

function image(file: typeof qwen, name: string): Image {
  const { shape, data } = readTensor(file, name);
  return { height: shape[0]!, width: shape[1]!, data: Uint8Array.from(data as Int32Array) };
}

function largestError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  expect(got.length).toBe(want.length);
  let largest = 0;
  for (let i = 0; i < got.length; i++) largest = Math.max(largest, Math.abs(got[i]! - want[i]!));
  return largest;
}

describe("qwen2vlPreprocess", () => {
  it.each(casesOf("qwen2-vl"))("$name: levels equal to Pillow's, patches in order, grid equal", ({ name, settings }) => {
    const got = qwen2vlPreprocess(image(qwen, `${name}.in.image`), {
      patchSize: settings.patch_size!, mergeSize: settings.merge_size!, temporalPatchSize: settings.temporal_patch_size!,
      minPixels: settings.min_pixels!, maxPixels: settings.max_pixels!, normalisation: settings,
    });
    const pixels = readTensor(qwen, `${name}.out.pixel_values`);
    expect([...got.gridThw]).toEqual([...readTensor(qwen, `${name}.out.image_grid_thw`).data].map(Number));
    expect([got.patches, got.patchValues]).toEqual(pixels.shape);
    expect(largestError(got.resized.data, readTensor(qwen, `${name}.out.resized`).data as Int32Array)).toBe(0);
    expect(largestError(got.pixelValues, pixels.data as Float32Array)).toBeLessThan(1e-6);
  });

  it("accepts an image smaller than a merged patch", () => {
    const got = qwen2vlPreprocess({ width: 5, height: 9, data: new Uint8Array(135) });
    expect(got.resized.width * got.resized.height).toBeGreaterThanOrEqual(QWEN2_VL_PREPROCESS.minPixels);
  });
});

describe("smartResize", () => {
  it.each([
    [[100, 100], [112, 112]],      // 3.57 factors round to 4
    [[70, 98], [56, 112]],         // ties to even: 2.5 to 2, 3.5 to 4
    [[20, 30], [56, 84]],          // enlarged to the least area
    [[10000, 5000], [5068, 2520]], // shrunk under the largest
  ])("%j becomes %j", ([h, w], want) => {
    expect(smartResize(h!, w!, 28, 56 * 56, 28 * 28 * 16384)).toEqual(want);
  });

  it("refuses an extreme aspect", () => {
    expect(() => smartResize(1, 201, 28, 1, 1e9)).toThrow(/201 x 1 pixels/);
  });
});

describe("blip2Preprocess", () => {
  it.each(casesOf("eva-vit"))("$name: as recorded", ({ name, settings }) => {
    const got = blip2Preprocess(image(eva, `${name}.in.image`), settings.image_size);
    expect(largestError(got, readTensor(eva, `${name}.out.pixel_values`).data as Float32Array)).toBeLessThan(1e-6);
  });
});

/** An image whose pixel at (x, y) is (x, y, 0). */
const coordinates = (width: number, height: number): Image =>
  ({ width, height, data: Uint8Array.from({ length: width * height * 3 }, (_, i) => [Math.floor(i / 3) % width, Math.floor(i / 3 / width), 0][i % 3]!) });

describe("clipPreprocess", () => {
  it.each(casesOf("image-preprocess").filter((c) => c.name.startsWith("clip")))("$name: as recorded", ({ name, settings }) => {
    const got = clipPreprocess(image(recorded, `${name}.in.image`), settings.image_size);
    expect(largestError(got, readTensor(recorded, `${name}.out.pixel_values`).data as Float32Array)).toBeLessThan(1e-6);
  });

  it("crops the middle, the odd pixel going right and down", () => {
    const crop = centreCrop(coordinates(8, 5), 3);
    expect([...crop.data.slice(0, 3)]).toEqual([2, 1, 0]);
    expect([...crop.data.slice(-3)]).toEqual([4, 3, 0]);
  });

  it.each([[9, 6], [6, 9], [7, 7]])("brings the shorter side of %i x %i to the target without stretching", (w, h) => {
    const got = clipPreprocess({ width: w, height: h, data: new Uint8Array(w * h * 3).fill(255) }, 4);
    expect(got.length).toBe(48);
    expect(largestError(got.subarray(0, 16), new Float32Array(16).fill((1 - 0.48145466) / 0.26862954))).toBeLessThan(1e-6);
  });
});

describe("resizeBicubicLikePillow", () => {
  it.each(casesOf("image-preprocess").filter((c) => c.name.startsWith("resize")))("$name: every level equal", ({ name }) => {
    const want = image(recorded, `${name}.out.resized`);
    expect(resizeBicubicLikePillow(image(recorded, `${name}.in.image`), want.width, want.height)).toEqual(want);
  });

  it("returns equal levels at the same size and keeps a flat image flat", () => {
    const same = coordinates(5, 7);
    expect(resizeBicubicLikePillow(same, 5, 7).data).toEqual(same.data);
    const flat = { width: 13, height: 11, data: new Uint8Array(13 * 11 * 3).fill(77) };
    expect(new Set(resizeBicubicLikePillow(flat, 4, 29).data)).toEqual(new Set([77]));
  });

  it("refuses an empty size", () => {
    expect(() => resizeBicubicLikePillow(coordinates(2, 2), 0, 2)).toThrow(/0 x 2/);
  });
});
