import { mulDims } from "../graph/dims.ts";
import type { Value } from "../graph/value.ts";
import { add, div, matmul, mul, reshape, sqrt, sub, sum } from "../ops/index.ts";

/** Quintic Newton-Schulz coefficients that push singular values towards one fast (Jordan et al. 2024, "Muon"). */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/** An approximately orthogonal matrix with the row and column spaces of `matrix` [r, c]. */
export function orthogonalise(matrix: Value, steps = 5): Value {
  const [rows, columns] = matrix.shape as readonly number[];
  const tall = rows! > columns!; // iterate on the smaller Gram matrix
  let x = div(matrix, add(sqrt(sum(mul(matrix, matrix))), 1e-7));
  for (let i = 0; i < steps; i++) {
    const gram = tall ? matmul(x, x, { transposeA: true }) : matmul(x, x, { transposeB: true });
    const polynomial = add(mul(gram, B), mul(matmul(gram, gram), C));
    x = add(mul(x, A), tall ? matmul(x, polynomial) : matmul(polynomial, x));
  }
  return x;
}

export interface MuonConfig {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Root mean square of an update's elements over the learning rate; 0.2, about AdamW's, by default. */
  readonly size?: number;
}

/**
 * One Muon step with Nesterov momentum on a matrix (or a convolution kernel read as [out, rest]), scaled to the size of AdamW's updates
 * (Liu et al. 2025, "Muon is scalable for LLM training"), so both share one learning rate.
 */
export function muon(weight: Value, momentum: Value, gradient: Value, rate: Value, c: MuonConfig): { readonly weight: Value; readonly momentum: Value } {
  const next = add(mul(momentum, c.momentum), mul(gradient, 1 - c.momentum));
  const ahead = add(mul(next, c.momentum), mul(gradient, 1 - c.momentum));
  const [rows, ...rest] = weight.shape as readonly number[];
  const columns = mulDims(...rest) as number;
  const update = reshape(mul(orthogonalise(reshape(ahead, [rows!, columns])), (c.size ?? 0.2) * Math.sqrt(Math.max(rows!, columns))), weight.shape);
  return { weight: sub(mul(weight, sub(1, mul(rate, c.weightDecay))), mul(rate, update)), momentum: next };
}
