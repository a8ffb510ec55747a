import { mulDims, type Dim } from "../graph/dims.ts";
import { apply, type Op, type Value } from "../graph/value.ts";

/** A dimension's number at run time, a float32 scalar. */
export const sizeOp: Op<{ readonly size: Dim }> = {
  name: "size",
  infer: () => ({ dtype: "float32", shape: [] }),
  onnx: (emit, _, _value, attributes) => emit.node("Squeeze", [emit.node("Cast", [emit.shapeTensor([attributes.size])], { to: 1 })]),
  vjp: "none",
  samples: "leaf",
};

/** The product of dimensions as a float32 scalar. */
export const dimAsFloat = (dims: readonly Dim[]): Value => apply(sizeOp, [], { size: mulDims(...dims) });
