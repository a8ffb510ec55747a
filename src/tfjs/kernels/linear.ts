import type { Tensor, Tensor4D } from "@tensorflow/tfjs";
import { broadcastShapes } from "../../graph/dims.ts";
import type { Kernels, Tensorflow } from "../kernel.ts";

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function matmul(tf: Tensorflow, a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (batchB.length === 0 && !transposeA) {
    const rows = tf.reshape(a, [product(a.shape.slice(0, -1)), a.shape.at(-1)!]), y = tf.matMul(rows, b, false, transposeB);
    return tf.reshape(y, [...a.shape.slice(0, -1), y.shape[1]!]);
  }
  // One leading axis for both: the library's own broadcasting of several axes differs from NumPy's.
  const batch = broadcastShapes(batchA, batchB) as number[];
  const flat = (x: Tensor) => {
    const matrix = x.shape.slice(-2);
    const spread = product(x.shape.slice(0, -2)) === product(batch) ? x : tf.broadcastTo(x, [...batch, ...matrix]);
    return tf.reshape(spread, [product(batch), ...matrix]);
  };
  const y = tf.matMul(flat(a), flat(b), transposeA, transposeB);
  return tf.reshape(y, [...batch, ...y.shape.slice(-2)]);
}

/** Zeros between neighbours on both spatial axes: [A, B, h, w] -> [A, B, (h-1)n+1, (w-1)n+1]. */
function spread(tf: Tensorflow, x: Tensor, n: number): Tensor {
  if (n === 1) return x;
  const [A, B, h, w] = x.shape as [number, number, number, number];
  const wide = tf.reshape(tf.pad(tf.reshape(x, [A * B, h, 1, w, 1]), [[0, 0], [0, 0], [0, n - 1], [0, 0], [0, n - 1]]), [A, B, h * n, w * n]);
  return tf.slice(wide, [0, 0, 0, 0], [A, B, (h - 1) * n + 1, (w - 1) * n + 1]);
}

/** Zeros around, or a border cut away where negative, on both spatial axes; order top, bottom, left, right. */
function frame(tf: Tensorflow, x: Tensor, [top, bottom, left, right]: readonly [number, number, number, number]): Tensor {
  const more = (n: number) => Math.max(n, 0), cut = (n: number) => Math.max(-n, 0);
  const padded = tf.pad(x, [[0, 0], [0, 0], [more(top), more(bottom)], [more(left), more(right)]]), [A, B, h, w] = padded.shape as [number, number, number, number];
  return tf.slice(padded, [0, 0, cut(top), cut(left)], [A, B, h - cut(top) - cut(bottom), w - cut(left) - cut(right)]);
}

/** Cross-correlation without padding: x [B, C, H, W], weight [O, C, kh, kw]. */
function correlate(tf: Tensorflow, x: Tensor, weight: Tensor, stride: number): Tensor {
  const y = tf.conv2d(tf.transpose(x, [0, 2, 3, 1]) as Tensor4D, tf.transpose(weight, [2, 3, 1, 0]) as Tensor4D, stride, "valid");
  return tf.transpose(y, [0, 3, 1, 2]);
}

export const linearKernels: Kernels<"matmul" | "conv2d" | "conv2dInput" | "upsample2x" | "sumPool2x"> = {
  matmul: ([a, b], { transposeA, transposeB }, { tf }) => matmul(tf, a!, b!, transposeA, transposeB),
  conv2d: ([x, weight], { stride, padding: [top, left, bottom, right], dilation }, { tf }) =>
    correlate(tf, frame(tf, x!, [top, bottom, left, right]), spread(tf, weight!, dilation), stride),
  conv2dInput: ([g, weight], { stride, padding: [top, left], dilation, height, width }, { tf }) => {
    const kernel = spread(tf, weight!, dilation), wide = spread(tf, g!, stride), [kh, kw] = kernel.shape.slice(2) as [number, number];
    const around = (total: number, have: number, k: number, before: number): [number, number] => [k - 1 - before, total + before - have];
    const border = [...around(height, wide.shape[2]!, kh, top), ...around(width, wide.shape[3]!, kw, left)] as const;
    return correlate(tf, frame(tf, wide, border), tf.transpose(tf.reverse(kernel, [2, 3]), [1, 0, 2, 3]), 1);
  },
  upsample2x: ([x], _, { tf }) => {
    const [B, C, H, W] = x!.shape as [number, number, number, number];
    return tf.reshape(tf.tile(tf.reshape(x!, [B * C, H, 1, W, 1]), [1, 1, 2, 1, 2]), [B, C, 2 * H, 2 * W]);
  },
  sumPool2x: ([x], _, { tf }) => {
    const [B, C, H, W] = x!.shape as [number, number, number, number];
    return tf.reshape(tf.sum(tf.reshape(x!, [B * C, H / 2, 2, W / 2, 2]), [2, 4]), [B, C, H / 2, W / 2]);
  },
};
