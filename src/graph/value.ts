import type { Dim, Shape } from "./dims.ts";
import type { DType, TypedData } from "./tensor.ts";

/** What a graph computes at one point: an op applied to inputs. Immutable; a graph is the values reachable from its outputs. */
export interface Value {
  readonly op: Op<unknown>;
  readonly inputs: readonly Value[];
  readonly attributes: unknown;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Type and shape of a value to be. */
export interface Signature {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** What an op's ONNX lowering may use: it adds nodes and gets names of tensors back. */
export interface Emitter {
  node(type: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>, domain?: string): string;
  /** A one-dimensional int64 tensor of dimensions, computed at run time where they are named. */
  shapeTensor(dims: readonly Dim[]): string;
  int64s(values: readonly number[]): string;
  constant(dtype: DType, shape: readonly number[], data: TypedData): string;
  /** A scalar of the given type. */
  scalar(dtype: DType, value: number): string;
}

export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** A case for the gradient and executor tests: input tensors by generator, and attributes. */
export interface SampleCase<A> {
  readonly name?: string;
  readonly inputs: readonly SampleInput[];
  readonly attributes: A;
}

/** Shape, and how elements are made: "normal", "positive", "unit" (inside (-1, 1)), "ties" (few distinct values), "ids" (0 .. below-1) or "bool". */
export interface SampleInput {
  readonly shape: readonly number[];
  readonly fill?: "normal" | "positive" | "unit" | "ties" | "ids" | "bool" | "large";
  readonly below?: number;
}

/** Everything there is to know about a primitive; leaving a rule out is a type error. */
export interface Op<A> {
  readonly name: string;
  /** Type and shape of the result. Throws on inputs the op does not take. */
  infer(inputs: readonly Value[], attributes: A): Signature;
  /** Emits nodes computing the value; returns the result's name. */
  onnx(emit: Emitter, inputs: readonly string[], value: Value, attributes: A): string;
  /** Cotangents of the inputs (undefined: no gradient flows there), of the result's broadcast shape where the op broadcasts; or "none". */
  readonly vjp: "none" | ((cotangent: Value, value: Value, attributes: A) => readonly (Value | undefined)[]);
  /** Cases the tests run; "leaf" for values without inputs. */
  readonly samples: "leaf" | readonly SampleCase<A>[];
}

/** Applies an op: infers the signature and freezes the value. */
export function apply<A>(op: Op<A>, inputs: readonly Value[], attributes: A): Value {
  const { dtype, shape } = op.infer(inputs, attributes);
  // Outside its own rules an op's attributes are nobody's business.
  return Object.freeze({ op: op as unknown as Op<unknown>, inputs, attributes, dtype, shape });
}

/** Values reachable from the outputs, inputs before users, each once. */
export function topological(outputs: readonly Value[]): Value[] {
  const order: Value[] = [], seen = new Set<Value>();
  const stack: { value: Value; next: number }[] = [];
  for (const root of outputs) {
    if (!seen.has(root)) { seen.add(root); stack.push({ value: root, next: 0 }); }
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const input = top.value.inputs[top.next++];
      if (input === undefined) { order.push(top.value); stack.pop(); }
      else if (!seen.has(input)) { seen.add(input); stack.push({ value: input, next: 0 }); }
    }
  }
  return order;
}

/** "op [shape] dtype": how errors name a value. */
export const describe = (value: Value): string => `${value.op.name} [${value.shape.join(", ")}] ${value.dtype}`;
