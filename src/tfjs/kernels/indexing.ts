import type { Tensor, Tensor1D } from "@tensorflow/tfjs";
import type { Kernels, Tensorflow } from "../kernel.ts";

/** Places of one element of each row in the rows laid end to end: ids of any shape, `width` elements a row. */
function places(tf: Tensorflow, ids: Tensor, width: number): Tensor1D {
  const flat = tf.reshape(ids, [ids.size]);
  return tf.add(flat, tf.mul(tf.range(0, ids.size, 1, "int32"), tf.scalar(width, "int32"))) as Tensor1D;
}

export const indexingKernels: Kernels<"gather" | "scatterRows" | "pick" | "unpick"> = {
  gather: ([table, ids], _, { tf }) => tf.gather(table!, ids!.toInt(), 0),
  scatterRows: ([rows, ids], { shape }, { tf, sizes }) => {
    const [N, ...width] = sizes(shape) as [number, ...number[]], columns = width.reduce((a, b) => a * b, 1);
    // Rows that share an index are added up.
    const summed = tf.scatterND(tf.reshape(ids!, [ids!.size, 1]), tf.reshape(rows!, [ids!.size, columns]), [N, columns]);
    return tf.reshape(summed, [N, ...width]);
  },
  pick: ([x, ids], _, { tf }) => tf.reshape(tf.gather(tf.reshape(x!, [x!.size]), places(tf, ids!, x!.shape.at(-1)!)), ids!.shape),
  unpick: ([x, ids], { shape }, { tf, sizes }) => {
    const whole = sizes(shape), size = whole.reduce((a, b) => a * b, 1);
    return tf.reshape(tf.scatterND(tf.expandDims(places(tf, ids!, whole.at(-1)!), 1), tf.reshape(x!, [x!.size]), [size]), whole);
  },
};
