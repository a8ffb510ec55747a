import type { Kernels } from "../kernel.ts";

export const fusedKernels: Kernels<"geluTanh" | "layerNormalise" | "rmsNormalise"> = {
  geluTanh: ([x], _, { tf }) => tf.mul(x!, tf.sigmoid(tf.mul(x!, tf.mul(2 * Math.sqrt(2 / Math.PI), tf.add(1, tf.mul(0.044715, tf.square(x!))))))),
  layerNormalise: ([x], { eps }, { tf }) => {
    const centred = tf.sub(x!, tf.mean(x!, -1, true));
    return tf.div(centred, tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps)));
  },
  rmsNormalise: ([x], { eps }, { tf }) => tf.div(x!, tf.sqrt(tf.add(tf.mean(tf.square(x!), -1, true), eps))),
};
