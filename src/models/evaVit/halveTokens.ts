/** ThinkDiff-CLIP's downsampling of image tokens by 2: the class token stays, the grid of patches is resized bilinearly. */
import { floats } from "../../graph/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { constant, matmul } from "../../ops/index.ts";

/** Bilinear weights [to, from] along one axis: pixel centres at half-integers (align_corners false), edges held, no antialiasing. */
export function bilinearWeights(from: number, to: number): number[][] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5), low = Math.floor(at), high = Math.min(low + 1, from - 1);
    const row = new Array<number>(from).fill(0);
    row[low]! += 1 - (at - low);
    row[high]! += at - low;
    return row;
  });
}

/** The whole map [1 + half*half, 1 + side*side] as one matrix: the class token to itself, the grid by rows and by columns. */
function halvingMatrix(side: number): Float32Array {
  const half = Math.floor(side / 2), axis = bilinearWeights(side, half), columns = 1 + side * side;
  const matrix = new Float32Array((1 + half * half) * columns);
  matrix[0] = 1;
  axis.forEach((rowWeights, i) => axis.forEach((columnWeights, j) => {
    const start = (1 + i * half + j) * columns + 1;
    rowWeights.forEach((r, y) => columnWeights.forEach((c, x) => { matrix[start + y * side + x] = r * c; }));
  }));
  return matrix;
}

/** Tokens [B, 1 + side*side, D] with the grid (rows first) resized to floor(side/2): [B, 1 + floor(side/2)^2, D]. Throws on another number of tokens. */
export function halveTokens(tokens: Value, side: number): Value {
  const count = 1 + side * side;
  if (tokens.shape[1] !== count || side < 2) throw new Error(`a class token and ${side} x ${side} patches (at least 2 x 2) are ${count} tokens, found [${tokens.shape.join(", ")}]`);
  return matmul(constant(floats([1 + Math.floor(side / 2) ** 2, count], halvingMatrix(side))), tokens);
}
