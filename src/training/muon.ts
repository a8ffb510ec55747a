import { mulDims } from "../graph/dims.ts";
import { floats, type Tensor } from "../graph/tensor.ts";
import type { Value } from "../graph/value.ts";
import { add, concat, constant, div, matmul, mul, reshape, split, sqrt, sub, sum, type Operand } from "../ops/index.ts";

/** Quintic Newton-Schulz coefficients that push singular values towards one fast (Jordan et al. 2024, "Muon"). */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/** Approximately orthogonal matrices with the row and column spaces of `matrices` [..., r, c], each on its own. */
export function orthogonalise(matrices: Value, steps = 5): Value {
  const [rows, columns] = matrices.shape.slice(-2) as readonly number[];
  const tall = rows! > columns!; // iterate on the smaller Gram matrix
  const identity = constant(eye(Math.min(rows!, columns!)));
  let x = div(matrices, add(sqrt(sum(mul(matrices, matrices), [-2, -1], { keep: true })), 1e-7));
  for (let i = 0; i < steps; i++) {
    const gram = tall ? matmul(x, x, { transposeA: true }) : matmul(x, x, { transposeB: true });
    const polynomial = add(matmul(gram, add(mul(gram, C), mul(identity, B))), mul(identity, A));
    x = tall ? matmul(x, polynomial) : matmul(polynomial, x);
  }
  return x;
}

function eye(n: number): Tensor {
  const data = new Float32Array(n * n);
  for (let i = 0; i < n; i++) data[i * (n + 1)] = 1;
  return floats([n, n], data);
}

export interface MuonConfig {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Root mean square of an update's elements over the learning rate; 0.2, about AdamW's, by default. */
  readonly size?: number;
}

export interface MuonState { readonly weight: Value; readonly momentum: Value }

/**
 * One Muon step with Nesterov momentum on matrices (or convolution kernels read as [out, rest]), scaled to the size of AdamW's updates
 * (Liu et al. 2025, "Muon is scalable for LLM training"), so both share one learning rate. Matrices of one shape are orthogonalised together:
 * a few batched products instead of many small ones. Gradients count `scale` times.
 */
export function muon(states: readonly MuonState[], gradients: readonly Value[], rate: Value, c: MuonConfig, scale: Operand = 1): MuonState[] {
  const share = mul(scale, 1 - c.momentum), alike = new Map<string, number[]>();
  const steps = states.map(({ weight, momentum }, i) => {
    const part = mul(gradients[i]!, share), next = add(mul(momentum, c.momentum), part), [rows, ...rest] = weight.shape as readonly number[];
    const matrix = [rows!, mulDims(...rest) as number] as const, key = matrix.join("x");
    alike.set(key, [...(alike.get(key) ?? []), i]);
    return { weight, next, matrix, ahead: reshape(add(mul(next, c.momentum), part), [1, ...matrix]) };
  });
  const results: MuonState[] = [];
  for (const members of alike.values()) {
    const [rows, columns] = steps[members[0]!]!.matrix, size = (c.size ?? 0.2) * Math.sqrt(Math.max(rows, columns));
    const updates = mul(orthogonalise(concat(members.map((i) => steps[i]!.ahead), 0)), mul(rate, size));
    split(updates, 0, members.length).forEach((update, k) => {
      const { weight, next } = steps[members[k]!]!, decayed = c.weightDecay > 0 ? mul(weight, sub(1, mul(rate, c.weightDecay))) : weight;
      results[members[k]!] = { weight: sub(decayed, reshape(update, weight.shape)), momentum: next };
    });
  }
  return results;
}
