import type { Kernels } from "../kernel.ts";

export const reduceKernels: Kernels<"sum" | "max" | "argmax" | "softmax" | "logSoftmax"> = {
  sum: ([x], { axes }, { tf }) => tf.sum(x!, [...axes]),
  max: ([x], { axes }, { tf }) => tf.max(x!, [...axes]),
  argmax: ([x], { axis }, { tf }) => tf.argMax(x!, axis),
  softmax: ([x], _, { tf }) => tf.softmax(x!),
  logSoftmax: ([x], _, { tf }) => tf.logSoftmax(x!),
};
