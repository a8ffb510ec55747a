import type { Tensor } from "@tensorflow/tfjs";
import type { Kernels, Tensorflow } from "../kernel.ts";

type Elementwise =
  | "neg" | "exp" | "log" | "sqrt" | "reciprocal" | "tanh" | "sigmoid" | "erf" | "sin" | "cos" | "floor" | "abs"
  | "add" | "sub" | "mul" | "div" | "maximum" | "minimum" | "equal" | "less" | "greater" | "and" | "or" | "not" | "where" | "cast";

/** Integer quotients are cut towards zero, as in ONNX; TensorFlow.js rounds them down. */
function divide(tf: Tensorflow, a: Tensor, b: Tensor): Tensor {
  if (a.dtype !== "int32") return tf.div(a, b);
  return tf.mul(tf.mul(tf.sign(a), tf.sign(b)), tf.floorDiv(tf.abs(a), tf.abs(b))).toInt();
}

export const elementwiseKernels: Kernels<Elementwise> = {
  neg: ([x], _, { tf }) => tf.neg(x!),
  exp: ([x], _, { tf }) => tf.exp(x!),
  log: ([x], _, { tf }) => tf.log(x!),
  sqrt: ([x], _, { tf }) => tf.sqrt(x!),
  reciprocal: ([x], _, { tf }) => tf.reciprocal(x!),
  tanh: ([x], _, { tf }) => tf.tanh(x!),
  sigmoid: ([x], _, { tf }) => tf.sigmoid(x!),
  erf: ([x], _, { tf }) => tf.erf(x!),
  sin: ([x], _, { tf }) => tf.sin(x!),
  cos: ([x], _, { tf }) => tf.cos(x!),
  floor: ([x], _, { tf }) => tf.floor(x!),
  abs: ([x], _, { tf }) => tf.abs(x!),
  add: ([a, b], _, { tf }) => tf.add(a!, b!),
  sub: ([a, b], _, { tf }) => tf.sub(a!, b!),
  mul: ([a, b], _, { tf }) => tf.mul(a!, b!),
  div: ([a, b], _, { tf }) => divide(tf, a!, b!),
  maximum: ([a, b], _, { tf }) => tf.maximum(a!, b!),
  minimum: ([a, b], _, { tf }) => tf.minimum(a!, b!),
  equal: ([a, b], _, { tf }) => tf.equal(a!, b!),
  less: ([a, b], _, { tf }) => tf.less(a!, b!),
  greater: ([a, b], _, { tf }) => tf.greater(a!, b!),
  and: ([a, b], _, { tf }) => tf.logicalAnd(a!, b!),
  or: ([a, b], _, { tf }) => tf.logicalOr(a!, b!),
  not: ([a], _, { tf }) => tf.logicalNot(a!),
  where: ([condition, a, b], _, { tf }) => tf.where(condition!, a!, b!),
  cast: ([x], { to }, { tf }) => tf.cast(x!, to),
};
