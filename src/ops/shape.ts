import { addDims, broadcastShapes, sameShape, sizeOf, subDims, type Dim, type Shape } from "../graph/dims.ts";
import { apply, describe, type Op, type Value } from "../graph/value.ts";

/** Counts an axis from the front; negative axes count from the back. Throws outside the rank. */
export function axisOf(axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (index < 0 || index >= rank) throw new Error(`axis ${axis} of a rank ${rank} value`);
  return index;
}

export const reshapeOp: Op<{ readonly shape: Shape }> = {
  name: "reshape",
  infer: ([x], { shape }) => {
    if (sizeOf(x!.shape) !== sizeOf(shape)) throw new Error(`reshape of ${describe(x!)} to [${shape.join(", ")}]: ${sizeOf(x!.shape)} elements against ${sizeOf(shape)}`);
    return { dtype: x!.dtype, shape };
  },
  onnx: (emit, [x], _value, { shape }) => {
    // One unknown dimension is left to ONNX, which spares computing the shape.
    const named = shape.filter((d) => typeof d !== "number").length;
    const target = named <= 1 && !shape.includes(0) ? emit.int64s(shape.map((d) => (typeof d === "number" ? d : -1))) : emit.shapeTensor(shape);
    return emit.node("Reshape", [x!, target]);
  },
  vjp: (g, { inputs: [x] }) => [reshape(g, x!.shape)],
  samples: [{ inputs: [{ shape: [2, 3, 5] }], attributes: { shape: [5, 6] } }],
};

export const transposeOp: Op<{ readonly permutation: readonly number[] }> = {
  name: "transpose",
  infer: ([x], { permutation }) => {
    if ([...permutation].sort((a, b) => a - b).some((p, i) => p !== i) || permutation.length !== x!.shape.length) throw new Error(`transpose of ${describe(x!)} by (${permutation.join(", ")})`);
    return { dtype: x!.dtype, shape: permutation.map((p) => x!.shape[p]!) };
  },
  onnx: (emit, [x], _value, attributes) => emit.node("Transpose", [x!], { perm: attributes.permutation }),
  vjp: (g, _value, { permutation }) => [transpose(g, permutation.map((_, i) => permutation.indexOf(i)))],
  samples: [{ inputs: [{ shape: [2, 3, 5] }], attributes: { permutation: [2, 0, 1] } }],
};

export const broadcastToOp: Op<{ readonly shape: Shape }> = {
  name: "broadcastTo",
  infer: ([x], { shape }) => {
    if (!sameShape(broadcastShapes(x!.shape, shape), shape)) throw new Error(`${describe(x!)} does not broadcast to [${shape.join(", ")}]`);
    return { dtype: x!.dtype, shape };
  },
  onnx: (emit, [x], _value, attributes) => emit.node("Expand", [x!, emit.shapeTensor(attributes.shape)]),
  vjp: (g) => [g],
  samples: [{ inputs: [{ shape: [3, 1] }], attributes: { shape: [2, 3, 5] } }],
};

export interface SliceAttributes { readonly axis: number; readonly start: Dim; readonly size: Dim }

export const sliceOp: Op<SliceAttributes> = {
  name: "slice",
  infer: ([x], { axis, start, size }) => {
    const total = x!.shape[axis]!;
    if (typeof total === "number" && typeof start === "number" && typeof size === "number" && (start < 0 || size < 0 || start + size > total)) throw new Error(`slice of ${describe(x!)}: ${start} + ${size} on axis ${axis}`);
    return { dtype: x!.dtype, shape: x!.shape.map((d, i) => (i === axis ? size : d)) };
  },
  onnx: (emit, [x], _value, { axis, start, size }) =>
    emit.node("Slice", [x!, emit.shapeTensor([start]), emit.shapeTensor([addDims(start, size)]), emit.int64s([axis])]),
  vjp: (g, { inputs: [x] }, { axis, start, size }) => [pad(g, axis, start, subDims(x!.shape[axis]!, addDims(start, size)))],
  samples: [{ inputs: [{ shape: [2, 7, 3] }], attributes: { axis: 1, start: 2, size: 3 } }],
};

export const padOp: Op<{ readonly axis: number; readonly before: Dim; readonly after: Dim }> = {
  name: "pad",
  infer: ([x], { axis, before, after }) => ({ dtype: x!.dtype, shape: x!.shape.map((d, i) => (i === axis ? addDims(before, d, after) : d)) }),
  onnx: (emit, [x], { inputs, dtype }, { axis, before, after }) => {
    const zeros = inputs[0]!.shape.map(() => 0);
    return emit.node("Pad", [x!, emit.shapeTensor([...zeros.with(axis, 0).map((z, i) => (i === axis ? before : z)), ...zeros.map((z, i) => (i === axis ? after : z))]), emit.scalar(dtype, 0)]);
  },
  vjp: (g, { inputs: [x] }, { axis, before }) => [slice(g, axis, before, x!.shape[axis]!)],
  samples: [{ inputs: [{ shape: [2, 3, 5] }], attributes: { axis: 1, before: 2, after: 1 } }],
};

export const concatOp: Op<{ readonly axis: number }> = {
  name: "concat",
  infer: (inputs, { axis }) => {
    const first = inputs[0]!;
    for (const x of inputs) {
      if (x.dtype !== first.dtype || x.shape.length !== first.shape.length || x.shape.some((d, i) => i !== axis && d !== first.shape[i])) throw new Error(`concat on axis ${axis} of ${inputs.map(describe).join(" and ")}`);
    }
    return { dtype: first.dtype, shape: first.shape.map((d, i) => (i === axis ? addDims(...inputs.map((x) => x.shape[axis]!)) : d)) };
  },
  onnx: (emit, inputs, _value, attributes) => emit.node("Concat", inputs, { axis: attributes.axis }),
  vjp: (g, { inputs }, { axis }) => {
    let start: Dim = 0;
    return inputs.map((x) => {
      const part = slice(g, axis, start, x.shape[axis]!);
      start = addDims(start, x.shape[axis]!);
      return part;
    });
  },
  samples: [{ inputs: [{ shape: [2, 3, 5] }, { shape: [2, 7, 5] }, { shape: [2, 1, 5] }], attributes: { axis: 1 } }],
};

/** The same elements in row-major order under another shape. */
export const reshape = (x: Value, shape: Shape): Value => (sameShape(x.shape, shape) ? x : apply(reshapeOp, [x], { shape }));

/** Axes reordered: result axis i is input axis permutation[i]. */
export const transpose = (x: Value, permutation: readonly number[]): Value =>
  permutation.every((p, i) => p === i) ? x : apply(transposeOp, [x], { permutation });

/** Broadcast to a shape by NumPy's rule. */
export const broadcastTo = (x: Value, shape: Shape): Value => (sameShape(x.shape, shape) ? x : apply(broadcastToOp, [x], { shape }));

/** `size` elements from `start` on one axis. */
export const slice = (x: Value, axis: number, start: Dim, size: Dim): Value => {
  const index = axisOf(axis, x.shape.length);
  return start === 0 && size === x.shape[index] ? x : apply(sliceOp, [x], { axis: index, start, size });
};

/** Zeros before and after on one axis. */
export const pad = (x: Value, axis: number, before: Dim, after: Dim): Value =>
  before === 0 && after === 0 ? x : apply(padOp, [x], { axis: axisOf(axis, x.shape.length), before, after });

/** Values joined along an axis. */
export const concat = (values: readonly Value[], axis: number): Value =>
  values.length === 1 ? values[0]! : apply(concatOp, values, { axis: axisOf(axis, values[0]!.shape.length) });

/** A new axis of size 1 at the given place. */
export const unsqueeze = (x: Value, axis: number): Value => {
  const at = axis < 0 ? axis + x.shape.length + 1 : axis;
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
};

/** Equal parts along an axis whose size is a number. */
export const split = (x: Value, axis: number, parts: number): Value[] => {
  const index = axisOf(axis, x.shape.length), total = x.shape[index];
  if (typeof total !== "number" || total % parts !== 0) throw new Error(`split of ${describe(x)} into ${parts} parts on axis ${axis}`);
  return Array.from({ length: parts }, (_, i) => slice(x, index, (i * total) / parts, total / parts));
};
