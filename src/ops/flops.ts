/** What a graph costs in arithmetic: its matrix products, with named dimensions replaced by numbers. */
import { evaluateDim, mulDims, type Dim } from "../graph/dims.ts";
import { topological, type Value } from "../graph/value.ts";
import { conv2dInputOp, conv2dOp } from "./conv.ts";
import { inputOp, parameterOp } from "./leaves.ts";
import { matmulOp, type MatmulAttributes } from "./matmul.ts";

/** A matrix product a [batchA, m, k] times b [batchB, k, n] (each as it lies in memory where transposed), and how often the graph does it. */
export interface MatmulShape {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Whether b is known beforehand, such as a model's weight or a part of one: a runtime may lay it out. */
  readonly weight: boolean;
  readonly count: number;
  /** Floating-point operations of one such product, a multiplication and an addition counting two. */
  readonly flops: number;
}

function matmulFlops(value: Value, size: (d: Dim) => number): number {
  const { transposeA } = value.attributes as MatmulAttributes, a = value.inputs[0]!;
  return 2 * size(mulDims(...value.shape)) * size(a.shape.at(transposeA ? -2 : -1)!);
}

/** Every matrix product the outputs need, products of equal shapes counted together; `fed` names parameters that are inputs rather than weights. */
export function matmulShapes(outputs: readonly Value[], symbols: ReadonlyMap<string, number>, fed: (name: string) => boolean = () => false): MatmulShape[] {
  const size = (d: Dim) => evaluateDim(d, symbols), found = new Map<string, MatmulShape>(), known = new Set<Value>();
  for (const value of topological(outputs)) {
    const given = value.op.name === inputOp.name || (value.op.name === parameterOp.name && fed((value.attributes as { readonly name: string }).name));
    if (!given && value.inputs.every((x) => known.has(x))) known.add(value);
    if (value.op.name !== matmulOp.name) continue;
    const { transposeA, transposeB } = value.attributes as MatmulAttributes, [a, b] = value.inputs as [Value, Value];
    const shape = { a: a.shape.map(size), b: b.shape.map(size), transposeA, transposeB, weight: known.has(b) }, key = JSON.stringify(shape);
    found.set(key, { ...shape, count: (found.get(key)?.count ?? 0) + 1, flops: matmulFlops(value, size) });
  }
  return [...found.values()];
}

/** Floating-point operations of the matrix products and convolutions that the outputs need; elementwise work is left out. */
export function graphFlops(outputs: readonly Value[], symbols: ReadonlyMap<string, number>): number {
  const size = (d: Dim) => evaluateDim(d, symbols);
  return topological(outputs).reduce((total, value) => {
    if (value.op.name === matmulOp.name) return total + matmulFlops(value, size);
    // Each weight meets each place of the smaller side: the result of a convolution, the operand of its transpose.
    if (value.op.name === conv2dOp.name) return total + 2 * size(mulDims(...value.shape)) * size(mulDims(...value.inputs[1]!.shape.slice(1)));
    if (value.op.name === conv2dInputOp.name) return total + 2 * size(mulDims(...value.inputs[0]!.shape)) * size(mulDims(...value.inputs[1]!.shape.slice(1)));
    return total;
  }, 0);
}
