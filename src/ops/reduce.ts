import type { Dim, Shape } from "../graph/dims.ts";
import { apply, describe, type Op, type Value } from "../graph/value.ts";
import { cast, div, equal, mul, type Operand } from "./elementwise.ts";
import { axisOf, broadcastTo, reshape } from "./shape.ts";
import { dimAsFloat } from "./size.ts";

export interface Axes { readonly axes: readonly number[] }

/** Shape with the axes kept as ones. */
const kept = (shape: Shape, axes: readonly number[]): Shape => shape.map((d, i) => (axes.includes(i) ? 1 : d));
const dropped = (shape: Shape, axes: readonly number[]): Shape => shape.filter((_, i) => !axes.includes(i));
/** A reduced value (axes dropped) broadcast back over them. */
const spread = (reduced: Value, x: Value, axes: readonly number[]): Value => broadcastTo(reshape(reduced, kept(x.shape, axes)), x.shape);

function reduction(name: string, onnx: string, vjp: Op<Axes>["vjp"], samples: Op<Axes>["samples"]): Op<Axes> {
  return {
    name,
    infer: ([x], { axes }) => {
      if (x!.dtype === "bool" || axes.some((a) => a < 0 || a >= x!.shape.length)) throw new Error(`${name} of ${describe(x!)} over axes (${axes.join(", ")})`);
      return { dtype: x!.dtype, shape: dropped(x!.shape, axes) };
    },
    onnx: (emit, [x], _value, attributes) => emit.node(onnx, [x!, emit.int64s(attributes.axes)], { keepdims: 0 }),
    vjp,
    samples,
  };
}

export const sumOp = reduction("sum", "ReduceSum", (g, { inputs: [x] }, { axes }) => [spread(g, x!, axes)], [
  { inputs: [{ shape: [2, 3, 5] }], attributes: { axes: [1] } },
  { name: "several axes", inputs: [{ shape: [2, 3, 5] }], attributes: { axes: [0, 2] } },
]);

/** The gradient is shared equally among tied maxima. */
export const maxOp = reduction("max", "ReduceMax", (g, value, { axes }) => {
  const x = value.inputs[0]!, at = cast(equal(x, spread(value, x, axes)), "float32");
  return [mul(at, spread(div(g, apply(sumOp, [at], { axes })), x, axes))];
}, [{ inputs: [{ shape: [2, 3, 5] }], attributes: { axes: [2] } }]);

export const argmaxOp: Op<{ readonly axis: number }> = {
  name: "argmax",
  infer: ([x], { axis }) => ({ dtype: "int32", shape: dropped(x!.shape, [axis]) }),
  onnx: (emit, [x], _value, attributes) => emit.node("Cast", [emit.node("ArgMax", [x!], { axis: attributes.axis, keepdims: 0 })], { to: 6 }),
  vjp: "none",
  samples: [{ inputs: [{ shape: [3, 5] }], attributes: { axis: 1 } }],
};

interface Options { readonly keep?: boolean }

function normalise(x: Value, axes: number | readonly number[] | undefined): number[] {
  const list = axes === undefined ? x.shape.map((_, i) => i) : typeof axes === "number" ? [axes] : [...axes];
  return list.map((a) => axisOf(a, x.shape.length)).sort((a, b) => a - b);
}

function reduce(op: Op<Axes>, x: Value, axes: number | readonly number[] | undefined, { keep = false }: Options): Value {
  const list = normalise(x, axes);
  if (list.length === 0) return x;
  const reduced = apply(op, [x], { axes: list });
  return keep ? reshape(reduced, kept(x.shape, list)) : reduced;
}

/** Sum over axes (all by default); `keep` leaves them as ones. */
export const sum = (x: Value, axes?: number | readonly number[], options: Options = {}): Value => reduce(sumOp, x, axes, options);

/** Largest element over axes (all by default). */
export const max = (x: Value, axes?: number | readonly number[], options: Options = {}): Value => reduce(maxOp, x, axes, options);

/** Mean over axes (all by default). */
export function mean(x: Value, axes?: number | readonly number[], options: Options = {}): Value {
  const sizes: Dim[] = normalise(x, axes).map((a) => x.shape[a]!);
  const count: Operand = sizes.every((d) => typeof d === "number") ? sizes.reduce<number>((a, b) => a * (b as number), 1) : dimAsFloat(sizes);
  return div(sum(x, axes, options), count);
}

/** Index of the first largest element along an axis, int32. */
export const argmax = (x: Value, axis = -1): Value => apply(argmaxOp, [x], { axis: axisOf(axis, x.shape.length) });

