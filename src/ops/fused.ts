/** Functions with kernels of their own in ONNX Runtime, and gradients written to pass over memory as few times as they can. */
import { apply, describe, type Op, type Value } from "../graph/value.ts";
import { add, mul, reciprocal, sigmoid, sqrt, sub } from "./elementwise.ts";
import { mean } from "./reduce.ts";

type None = Record<string, never>;
export interface Epsilon { readonly eps: number }

function lastAxis(x: Value | undefined, name: string): number {
  const width = x?.shape.at(-1);
  if (x?.dtype !== "float32" || typeof width !== "number") throw new Error(`${name} of ${x && describe(x)}: the last axis must be a number`);
  return width;
}

const SLOPE = 2 * Math.sqrt(2 / Math.PI), CUBIC = 0.044715 * SLOPE;

/** GELU by the tanh approximation, x s with s = sigmoid(x (SLOPE + CUBIC x^2)). */
export const geluTanhOp: Op<None> = {
  name: "geluTanh",
  infer: ([x]) => {
    if (x?.dtype !== "float32") throw new Error(`geluTanh of ${x && describe(x)}`);
    return { dtype: "float32", shape: x.shape };
  },
  onnx: (emit, [x]) => emit.node("Gelu", [x!], { approximate: "tanh" }),
  // s + x s (1 - s) (SLOPE + 3 CUBIC x^2), in which x s is the result itself.
  vjp: (g, y) => {
    const x = y.inputs[0]!, cubic = mul(mul(x, x), CUBIC), s = sigmoid(mul(x, add(cubic, SLOPE)));
    return [mul(g, add(s, mul(mul(y, sub(1, s)), add(mul(cubic, 3), SLOPE))))];
  },
  samples: [{ inputs: [{ shape: [3, 5] }], attributes: {} }, { name: "large", inputs: [{ shape: [3, 5], fill: "large" }], attributes: {} }],
};

function normalisation(name: string, onnx: string, vjp: Op<Epsilon>["vjp"]): Op<Epsilon> {
  return {
    name,
    infer: ([x]) => {
      lastAxis(x, name);
      return { dtype: "float32", shape: x!.shape };
    },
    onnx: (emit, [x], { inputs }, { eps }) => {
      const width = lastAxis(inputs[0], name);
      return emit.node(onnx, [x!, emit.constant("float32", [width], new Float32Array(width).fill(1))], { axis: -1, epsilon: { float: eps } });
    },
    vjp,
    samples: [{ inputs: [{ shape: [2, 3, 5] }], attributes: { eps: 1e-6 } }, { name: "large eps", inputs: [{ shape: [3, 7] }], attributes: { eps: 0.3 } }],
  };
}

const over = (x: Value): Value => mean(x, -1, { keep: true });

/** x centred and scaled to unit variance on the last axis. */
export const layerNormaliseOp = normalisation("layerNormalise", "LayerNormalization", (g, y, { eps }) => {
  // The mean of x y is v / sqrt(v + eps) for the variance v, which gives v back without centring x once more.
  const m = over(mul(y.inputs[0]!, y)), square = mul(m, m), variance = mul(0.5, add(square, sqrt(mul(square, add(square, 4 * eps)))));
  return [mul(sub(sub(g, over(g)), mul(y, over(mul(g, y)))), reciprocal(sqrt(add(variance, eps))))];
});

/** x over its root mean square on the last axis. */
export const rmsNormaliseOp = normalisation("rmsNormalise", "SimplifiedLayerNormalization", (g, y, { eps }) => {
  const x = y.inputs[0]!;
  return [mul(sub(g, mul(y, over(mul(g, y)))), reciprocal(sqrt(add(over(mul(x, x)), eps))))];
});

/** GELU by the tanh approximation. */
export const geluTanh = (x: Value): Value => apply(geluTanhOp, [x], {});

/** x centred and scaled to unit variance on the last axis, whose size is a number. */
export const layerNormalise = (x: Value, eps: number): Value => apply(layerNormaliseOp, [x], { eps });

/** x over its root mean square on the last axis, whose size is a number. */
export const rmsNormalise = (x: Value, eps: number): Value => apply(rmsNormaliseOp, [x], { eps });
