import { apply, describe, type Op, type Value } from "../graph/value.ts";
import { exp, mul, sub } from "./elementwise.ts";
import { sum } from "./reduce.ts";

type None = Record<string, never>;

function lastAxis(name: string, onnx: string, vjp: (g: Value, y: Value) => Value): Op<None> {
  return {
    name,
    infer: ([x]) => {
      if (x?.dtype !== "float32" || x.shape.length === 0) throw new Error(`${name} of ${x && describe(x)}`);
      return { dtype: "float32", shape: x.shape };
    },
    onnx: (emit, [x]) => emit.node(onnx, [x!], { axis: -1 }),
    vjp: (g, y) => [vjp(g, y)],
    samples: [{ inputs: [{ shape: [2, 3, 5] }], attributes: {} }, { name: "large", inputs: [{ shape: [3, 5], fill: "large" }], attributes: {} }],
  };
}

export const softmaxOp = lastAxis("softmax", "Softmax", (g, y) => { const gy = mul(g, y); return sub(gy, mul(y, sum(gy, -1, { keep: true }))); });
export const logSoftmaxOp = lastAxis("logSoftmax", "LogSoftmax", (g, y) => sub(g, mul(exp(y), sum(g, -1, { keep: true }))));

/** Softmax over the last axis. */
export const softmax = (x: Value): Value => apply(softmaxOp, [x], {});

/** Log-softmax over the last axis. */
export const logSoftmax = (x: Value): Value => apply(logSoftmaxOp, [x], {});
