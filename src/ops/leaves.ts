import type { Shape } from "../graph/dims.ts";
import type { DType, Tensor } from "../graph/tensor.ts";
import { apply, type Op, type Value } from "../graph/value.ts";

export interface Named { readonly name: string; readonly dtype: DType; readonly shape: Shape }

const leafOnnx = (): never => { throw new Error("inputs and parameters are named by the emitter"); };

/** A tensor given at each run. */
export const inputOp: Op<Named> = { name: "input", infer: (_, a) => a, onnx: leafOnnx, vjp: "none", samples: "leaf" };

/** A model's weight, by its checkpoint name: bound to a file, to a tensor or to a fed input when the graph is compiled. */
export const parameterOp: Op<Named> = { name: "parameter", infer: (_, a) => a, onnx: leafOnnx, vjp: "none", samples: "leaf" };

export const constantOp: Op<Tensor> = {
  name: "constant",
  infer: (_, a) => a,
  onnx: (emit, _, _value, a) => emit.constant(a.dtype, a.shape, a.data),
  vjp: "none",
  samples: "leaf",
};

/** 0, 1 ... size-1 as int32, shape [size]. */
export const iotaOp: Op<{ readonly size: Shape[number] }> = {
  name: "iota",
  infer: (_, a) => ({ dtype: "int32", shape: [a.size] }),
  onnx: (emit, _, _value, attributes) => {
    const size = emit.node("Squeeze", [emit.node("Cast", [emit.shapeTensor([attributes.size])], { to: 6 })]);
    return emit.node("Range", [emit.scalar("int32", 0), size, emit.scalar("int32", 1)]);
  },
  vjp: "none",
  samples: "leaf",
};

/** A graph input of the given name, shape and element type. */
export const input = (name: string, shape: Shape, dtype: DType = "float32"): Value => apply<Named>(inputOp, [], { name, dtype, shape });

/** A float32 weight named as in its checkpoint. */
export const parameter = (name: string, shape: Shape): Value => apply<Named>(parameterOp, [], { name, dtype: "float32", shape });

/** A constant from a host tensor. */
export const constant = (tensor: Tensor): Value => apply(constantOp, [], tensor);

/** A scalar constant, shape []. */
export const scalar = (x: number, dtype: DType = "float32"): Value =>
  constant({ dtype, shape: [], data: dtype === "float32" ? Float32Array.of(x) : dtype === "int32" ? Int32Array.of(x) : Uint8Array.of(x) });

/** The integers 0 .. size-1 as int32, shape [size]. */
export const iota = (size: Shape[number]): Value => apply(iotaOp, [], { size });
