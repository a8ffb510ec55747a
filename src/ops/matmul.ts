import { broadcastShapes, mulDims, type Dim, type Shape } from "../graph/dims.ts";
import { apply, describe, type Op, type Value } from "../graph/value.ts";
import { reshape } from "./shape.ts";

export interface MatmulAttributes { readonly transposeA: boolean; readonly transposeB: boolean }

const rows = (x: Value, transposed: boolean): Dim => x.shape.at(transposed ? -1 : -2)!;
const columns = (x: Value, transposed: boolean): Dim => x.shape.at(transposed ? -2 : -1)!;
const batch = (x: Value): Shape => x.shape.slice(0, -2);

export const matmulOp: Op<MatmulAttributes> = {
  name: "matmul",
  infer: ([a, b], { transposeA, transposeB }) => {
    if (a?.dtype !== "float32" || b?.dtype !== "float32" || a.shape.length < 2 || b.shape.length < 2 || columns(a, transposeA) !== rows(b, transposeB)) {
      throw new Error(`matmul of ${a && describe(a)}${transposeA ? " transposed" : ""} and ${b && describe(b)}${transposeB ? " transposed" : ""}`);
    }
    return { dtype: "float32", shape: [...broadcastShapes(batch(a), batch(b)), rows(a, transposeA), columns(b, transposeB)] };
  },
  onnx: (emit, inputs, _value, { transposeA, transposeB }) =>
    transposeA || transposeB ? emit.node("FusedMatMul", inputs, { transA: Number(transposeA), transB: Number(transposeB) }, "com.microsoft") : emit.node("MatMul", inputs),
  vjp: (g, { inputs: [a, b] }, { transposeA: tA, transposeB: tB }) => {
    // A weight shared by a batch: one product over all rows instead of a batch of products and a sum.
    const shared = b!.shape.length === 2 && a!.shape.length > 2 && !tA;
    const [left, out] = shared ? [flattened(a!), flattened(g)] : [a!, g];
    return [
      tA ? matmul(b!, g, { transposeA: tB, transposeB: true }) : matmul(g, b!, { transposeB: !tB }),
      tB ? matmul(out, left, { transposeA: true, transposeB: tA }) : matmul(left, out, { transposeA: !tA }),
    ];
  },
  samples: [
    { inputs: [{ shape: [3, 5] }, { shape: [5, 7] }], attributes: { transposeA: false, transposeB: false } },
    { name: "shared weight", inputs: [{ shape: [2, 3, 5] }, { shape: [7, 5] }], attributes: { transposeA: false, transposeB: true } },
    { name: "shared weight, plain", inputs: [{ shape: [2, 3, 5] }, { shape: [5, 7] }], attributes: { transposeA: false, transposeB: false } },
    { name: "transposed left", inputs: [{ shape: [2, 5, 3] }, { shape: [2, 5, 7] }], attributes: { transposeA: true, transposeB: false } },
    { name: "both transposed", inputs: [{ shape: [5, 3] }, { shape: [7, 5] }], attributes: { transposeA: true, transposeB: true } },
    { name: "batch broadcast", inputs: [{ shape: [2, 1, 3, 5] }, { shape: [11, 5, 7] }], attributes: { transposeA: false, transposeB: false } },
  ],
};

const flattened = (x: Value): Value => reshape(x, [mulDims(...x.shape.slice(0, -1)), x.shape.at(-1)!]);

/** Matrix product over the last two axes, either operand read transposed; leading axes broadcast. */
export const matmul = (a: Value, b: Value, { transposeA = false, transposeB = false }: Partial<MatmulAttributes> = {}): Value =>
  apply(matmulOp, [a, b], { transposeA, transposeB });
