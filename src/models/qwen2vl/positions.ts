/** Positions of patches and tokens, computed on the host as transformers' rot_pos_emb and get_rope_index do. */
import { UserError } from "../../files/userError.ts";
import { ints, type Tensor } from "../../graph/tensor.ts";
import type { Qwen2VLConfig } from "./config.ts";

/** Frames, rows and columns of an image in patches. */
export type Grid = readonly [frames: number, rows: number, columns: number];

/** (row, column) of each patch in the preprocessor's order, 2 numbers a patch: merge x merge neighbours follow each other. */
export function patchPositions([frames, rows, columns]: Grid, merge: number): Int32Array {
  const out: number[] = [];
  for (let frame = 0; frame < frames; frame++) {
    for (let row = 0; row < rows; row += merge) {
      for (let column = 0; column < columns; column += merge) {
        for (let i = 0; i < merge * merge; i++) out.push(row + Math.floor(i / merge), column + (i % merge));
      }
    }
  }
  return Int32Array.from(out);
}

/** Tokens an image takes in the prompt, one for each merged patch. */
export const imageTokens = ([frames, rows, columns]: Grid, merge: number): number => (frames * rows * columns) / merge ** 2;

export interface Positions {
  /** int32 [3, B, T]: time, row and column; 1 at padding. */
  readonly positions: Tensor;
  /** For each row: the position of the token after its last, minus T. */
  readonly deltas: Int32Array;
}

type PositionConfig = Pick<Qwen2VLConfig, "image_token_id"> & { readonly vision_config: Pick<Qwen2VLConfig["vision_config"], "spatial_merge_size"> };

/** M-RoPE positions of int32 ids [B, T] with a mask [B, T] (0 = padding); `grids` are all images' in reading order. A UserError where placeholders and grids differ. */
export function positionIds(inputIds: Tensor, mask: Tensor, grids: readonly Grid[], config: PositionConfig): Positions {
  const [B, T] = inputIds.shape as [number, number], merge = config.vision_config.spatial_merge_size;
  const positions = new Int32Array(3 * B * T).fill(1), deltas = new Int32Array(B);
  let image = 0;
  for (let b = 0; b < B; b++) {
    const write = (t: number, ...axes: readonly [number, number, number]): void => axes.forEach((p, axis) => { positions[(axis * B + b) * T + t] = p; });
    const tokens = Array.from({ length: T }, (_, t) => t).filter((t) => mask.data[b * T + t] !== 0);
    let next = 0;
    for (let i = 0; i < tokens.length;) {
      if (inputIds.data[b * T + tokens[i]!] !== config.image_token_id) { write(tokens[i++]!, next, next, next); next++; continue; }
      const grid = grids[image++];
      if (!grid) throw new UserError(`prompt ${b + 1}: an image placeholder at token ${tokens[i]! + 1}, but only ${grids.length} images were given for the batch`);
      const [frames, rows, columns] = [grid[0], grid[1] / merge, grid[2] / merge];
      for (let n = 0; n < frames * rows * columns; n++, i++) {
        const t = tokens[i];
        if (t === undefined || inputIds.data[b * T + t] !== config.image_token_id) throw new UserError(`prompt ${b + 1}: image ${image} of the batch takes ${frames * rows * columns} placeholders, found ${n}`);
        write(t, next + Math.floor(n / (rows * columns)), next + (Math.floor(n / columns) % rows), next + (n % columns));
      }
      next += Math.max(frames, rows, columns);
    }
    deltas[b] = next - T;
  }
  if (image !== grids.length) throw new UserError(`${grids.length} images were given for ${image} in the prompts`);
  return { positions: ints([3, B, T], positions), deltas };
}
