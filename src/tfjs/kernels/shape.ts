import type { Kernels } from "../kernel.ts";

/** A list of zeros but for one axis. */
const at = (rank: number, axis: number, value: number): number[] => Array.from({ length: rank }, (_, i) => (i === axis ? value : 0));

export const shapeKernels: Kernels<"reshape" | "transpose" | "broadcastTo" | "slice" | "pad" | "concat" | "iota" | "size"> = {
  reshape: ([x], { shape }, { tf, sizes }) => tf.reshape(x!, sizes(shape)),
  transpose: ([x], { permutation }, { tf }) => tf.transpose(x!, [...permutation]),
  broadcastTo: ([x], { shape }, { tf, sizes }) => tf.broadcastTo(x!, sizes(shape)),
  slice: ([x], { axis, start }, { tf, size, sizes, value }) => tf.slice(x!, at(x!.rank, axis, size(start)), sizes(value.shape)),
  pad: ([x], { axis, before, after }, { tf, size }) => tf.pad(x!, Array.from({ length: x!.rank }, (_, i): [number, number] => (i === axis ? [size(before), size(after)] : [0, 0]))),
  concat: (inputs, { axis }, { tf }) => tf.concat([...inputs], axis),
  iota: (_, attributes, { tf, size }) => tf.range(0, size(attributes.size), 1, "int32"),
  size: (_, attributes, { tf, size }) => tf.scalar(size(attributes.size)),
};
