import type * as tf from "@tensorflow/tfjs";
import type { Dim, Shape } from "../graph/dims.ts";
import type { Op, Value } from "../graph/value.ts";
import type * as ops from "../ops/index.ts";

export type Tensorflow = typeof tf;

type Definitions = { [K in keyof typeof ops as K extends `${infer Name}Op` ? Name : never]: (typeof ops)[K] };

/** The name of a primitive: "add" where src/ops exports addOp. */
export type OpName = keyof Definitions;

/** The attributes of a primitive by its name. */
export type AttributesOf<Name extends OpName> = Definitions[Name] extends Op<infer A> ? A : never;

/** What a kernel may use beside its inputs: the library, the numbers of named dimensions, and the value it computes. */
export interface KernelContext {
  readonly tf: Tensorflow;
  size(dim: Dim): number;
  sizes(shape: Shape): number[];
  readonly value: Value;
}

/** Computes one value with TensorFlow.js; intermediate tensors are the caller's to dispose. */
export type Kernel<A> = (inputs: readonly tf.Tensor[], attributes: A, context: KernelContext) => tf.Tensor;

/** Values that the executor binds to fed tensors, weights and constants. */
export type LeafName = "input" | "parameter" | "constant";

/** A kernel for each primitive but the bound ones; leaving one out is a type error. */
export type Kernels<Names extends OpName = Exclude<OpName, LeafName>> = { readonly [Name in Names]: Kernel<AttributesOf<Name>> };
