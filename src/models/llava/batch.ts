import { UserError } from "../../files/userError.ts";
import { floats, ints, type Tensor } from "../../graph/tensor.ts";
import { imageTokens, type LlavaConfig } from "./config.ts";

/** Token ids with one placeholder (image_token_index) for each token of its images, in order. */
export interface LlavaPrompt {
  readonly ids: ArrayLike<number>;
  /** Normalised pixels of each image, [3, image_size, image_size]; an array that several prompts share is read once. */
  readonly images: readonly Float32Array[];
}

/** Ids with each single placeholder repeated as often as an image has tokens. */
export const expandImageTokens = (config: LlavaConfig, ids: ArrayLike<number>): number[] =>
  Array.from(ids).flatMap((id) => (id === config.image_token_index ? new Array<number>(imageTokens(config)).fill(id) : [id]));

export interface LlavaBatch {
  readonly ids: Tensor;
  readonly mask: Tensor;
  readonly imageIndex: Tensor;
  readonly pixels: Tensor;
}

/** Prompts as one left-padded batch [B, T], the feeds of `llavaInputs`; a UserError where a prompt's placeholders do not fit its images. */
export function prepareLlavaBatch(config: LlavaConfig, prompts: readonly LlavaPrompt[]): LlavaBatch {
  const { image_token_index, vision_config: { image_size: side, num_channels: channels } } = config;
  const B = prompts.length, T = Math.max(...prompts.map(({ ids }) => ids.length)), P = imageTokens(config);
  const ids = new Int32Array(B * T), mask = new Int32Array(B * T), imageIndex = new Int32Array(B * T).fill(-1);
  const images = [...new Set(prompts.flatMap((prompt) => prompt.images))], placeOf = new Map(images.map((image, i) => [image, i * P]));
  prompts.forEach((prompt, b) => {
    let placeholders = 0;
    for (let t = T - prompt.ids.length, i = 0; t < T; t++, i++) {
      const at = b * T + t, id = prompt.ids[i]!;
      mask[at] = 1;
      // A placeholder's id may lie beyond the vocabulary; its embedding is never used.
      if (id === image_token_index) imageIndex[at] = (placeOf.get(prompt.images[Math.floor(placeholders / P)]!) ?? 0) + (placeholders++ % P);
      else ids[at] = id;
    }
    const expected = prompt.images.length * P;
    if (placeholders !== expected) throw new UserError(`prompt ${b + 1}: its ${prompt.images.length} images take ${expected} placeholders (id ${image_token_index}), found ${placeholders}`);
  });
  const values = channels * side * side;
  // Graphs do not take empty tensors everywhere: a batch without images carries one blank image that no token refers to.
  const pixels = new Float32Array(Math.max(1, images.length) * values);
  images.forEach((image, i) => {
    if (image.length !== values) throw new Error(`image ${i + 1}: expected ${values} pixel values (${channels} x ${side} x ${side}), found ${image.length}`);
    pixels.set(image, i * values);
  });
  return { ids: ints([B, T], ids), mask: ints([B, T], mask), imageIndex: ints([B, T], imageIndex), pixels: floats([pixels.length / values, channels, side, side], pixels) };
}
