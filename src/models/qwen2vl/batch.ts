import { UserError } from "../../files/userError.ts";
import type { Tensors } from "../../graph/executor.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import type { Qwen2VLPixels } from "../../images/qwen2vlPreprocess.ts";
import { patchWidth, type Qwen2VLConfig } from "./config.ts";
import { imageTokens, patchPositions, positionIds, type Grid } from "./positions.ts";

/** An image as the preprocessor gives it: flattened patches and their grid. */
export type ImagePatches = Pick<Qwen2VLPixels, "pixelValues" | "gridThw">;

/** Token ids with one placeholder id for each merged patch of its images, in order. */
export interface Prompt {
  readonly ids: ArrayLike<number>;
  readonly images: readonly ImagePatches[];
}

export interface PreparedImages {
  /** "patches", "patchPositions" and, where grids differ, "patchMask". */
  readonly feeds: Tensors;
  readonly mixedGrids: boolean;
  /** For each image, the row of the merged features its first token takes. */
  readonly firstFeature: readonly number[];
}

const sameGrid = (a: Grid, b: Grid): boolean => a.every((n, axis) => n === b[axis]);

/** Patches of all images of a batch, padded with zeros to the longest and masked where their grids differ. */
export function prepareImages(config: Qwen2VLConfig, given: readonly ImagePatches[]): PreparedImages {
  const width = patchWidth(config.vision_config), merge = config.vision_config.spatial_merge_size;
  // Graphs do not take empty tensors everywhere: a batch without images carries one blank image that no token refers to.
  const images: readonly ImagePatches[] = given.length > 0 ? given : [{ pixelValues: new Float32Array(merge * merge * width), gridThw: [1, merge, merge] }];
  const grids = images.map((image) => image.gridThw), I = images.length;
  const P = Math.max(...grids.map((grid) => imageTokens(grid, merge))) * merge ** 2;
  const patches = new Float32Array(I * P * width);
  images.forEach(({ pixelValues, gridThw }, i) => {
    const expected = imageTokens(gridThw, merge) * merge ** 2 * width;
    if (pixelValues.length !== expected) throw new Error(`image ${i + 1}: a grid of ${gridThw.join(" x ")} takes ${expected} patch values, found ${pixelValues.length}`);
    patches.set(pixelValues, i * P * width);
  });
  const firstFeature = images.map((_, i) => (i * P) / merge ** 2);
  if (grids.every((grid) => sameGrid(grid, grids[0]!))) {
    return { feeds: { patches: floats([I, P, width], patches), patchPositions: ints([1, P, 2], patchPositions(grids[0]!, merge)) }, mixedGrids: false, firstFeature };
  }
  const places = new Int32Array(I * P * 2), mask = new Int32Array(I * P);
  grids.forEach((grid, i) => {
    const own = patchPositions(grid, merge);
    places.set(own, i * P * 2);
    mask.fill(1, i * P, i * P + own.length / 2);
  });
  return { feeds: { patches: floats([I, P, width], patches), patchPositions: ints([I, P, 2], places), patchMask: ints([I, P], mask) }, mixedGrids: true, firstFeature };
}

export interface PreparedBatch {
  /** Feeds of `qwen2vlInputs` but for "rows". */
  readonly feeds: Tensors & { readonly inputIds: Tensor; readonly mask: Tensor; readonly positions: Tensor };
  readonly mixedGrids: boolean;
  /** See `positionIds`. */
  readonly deltas: Int32Array;
}

/** Prompts as one left-padded batch [B, T]; a UserError where a prompt's placeholders do not fit its images. */
export function prepareBatch(config: Qwen2VLConfig, prompts: readonly Prompt[]): PreparedBatch {
  const B = prompts.length, T = Math.max(...prompts.map((prompt) => prompt.ids.length)), merge = config.vision_config.spatial_merge_size;
  const empty = prompts.findIndex((prompt) => prompt.ids.length === 0);
  if (B === 0 || empty >= 0) throw new UserError(B === 0 ? "a batch needs at least one prompt" : `prompt ${empty + 1} has no tokens`);
  const ids = new Int32Array(B * T), mask = new Int32Array(B * T), imageIndex = new Int32Array(B * T).fill(-1);
  const all = prompts.flatMap((prompt) => prompt.images), images = prepareImages(config, all);
  let image = 0;
  prompts.forEach((prompt, b) => {
    const start = (b + 1) * T - prompt.ids.length;
    ids.set(prompt.ids, start);
    mask.fill(1, start, (b + 1) * T);
    const features = prompt.images.flatMap(({ gridThw }) => {
      const first = images.firstFeature[image++]!;
      return Array.from({ length: imageTokens(gridThw, merge) }, (_, n) => first + n);
    });
    let used = 0;
    for (let t = start; t < (b + 1) * T; t++) if (ids[t] === config.image_token_id) imageIndex[t] = features[used++] ?? -1;
    if (used !== features.length) throw new UserError(`prompt ${b + 1}: its ${prompt.images.length} images take ${features.length} placeholders, found ${used}`);
  });
  const inputIds = ints([B, T], ids), attention = ints([B, T], mask);
  const { positions, deltas } = positionIds(inputIds, attention, all.map(({ gridThw }) => gridThw), config);
  return { feeds: { ...images.feeds, inputIds, mask: attention, positions, imageIndex: ints([B, T], imageIndex) }, mixedGrids: images.mixedGrids, deltas };
}
